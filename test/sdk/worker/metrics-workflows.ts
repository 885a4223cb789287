import { metricMeter, proxyActivities, sleep } from 'perdure/workflow';

const { measured } = proxyActivities<{ measured(): Promise<void> }>({ startToCloseTimeout: '1 minute' });

export async function measures(): Promise<void> {
  metricMeter.createCounter('wf-counter', 'ones', 'what workflow code counts').add(2, { kind: 'first' });
  await sleep(1);
  metricMeter.createHistogram('wf_histogram', 'float', 'ms').record(75.5);
  metricMeter.createGauge('wf_gauge').set(7);
  await measured();
  metricMeter.createCounter('wf-counter').add(3, { kind: 'first' });
}
