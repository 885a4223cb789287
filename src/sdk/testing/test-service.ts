/** The calls about time that a server which skips it has, by the names and in the shapes of Temporal's test service. */
import { msToTs, type Timestamp, tsToMs } from '../common/deprecated-time.ts';
import type { ServerClock } from './server/server-clock.ts';
import type { TimeSkipping } from './server/time-skipping.ts';

type Request = object;
type Reply = Record<string, never>;

export interface TestService {
  /** Time may be skipped until {@link lockTimeSkipping}; each has its other. */
  unlockTimeSkipping(request: Request): Promise<Reply>;
  lockTimeSkipping(request: Request): Promise<Reply>;
  /** Resolves when the server's time has moved by `duration`. */
  sleep(request: { duration?: Timestamp | null }): Promise<Reply>;
  /** As `sleep`, which lets time be skipped here. */
  unlockTimeSkippingWithSleep(request: { duration?: Timestamp | null }): Promise<Reply>;
  /** Resolves when the server's time has come. */
  sleepUntil(request: { timestamp?: Timestamp | null }): Promise<Reply>;
  getCurrentTime(request: Request): Promise<{ time: Timestamp }>;
}

export function testServiceOf({
  skipping,
  clock,
}: {
  skipping: TimeSkipping;
  clock: ServerClock;
}): TestService {
  const sleep = async (ms: number): Promise<Reply> => {
    await skipping.sleep(Math.max(ms, 0));
    return {};
  };
  return {
    async unlockTimeSkipping() {
      skipping.unlock();
      return {};
    },
    async lockTimeSkipping() {
      skipping.lock();
      return {};
    },
    sleep: ({ duration }) => sleep(tsToMs(duration)),
    unlockTimeSkippingWithSleep: ({ duration }) => sleep(tsToMs(duration)),
    sleepUntil: ({ timestamp }) => sleep(tsToMs(timestamp) - clock.now()),
    getCurrentTime: async () => ({ time: msToTs(clock.now()) }),
  };
}
