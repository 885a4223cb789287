import { proxyActivities } from 'perdure/workflow';
import { Point } from './converter.ts';

const { next } = proxyActivities<{ next(point: Point): Promise<Point> }>({
  startToCloseTimeout: '10s',
  retry: { maximumAttempts: 1 },
});

export async function moved(point: Point): Promise<string> {
  const after = await next(point);
  return `${point instanceof Point} ${after instanceof Point} ${after.x}`;
}
