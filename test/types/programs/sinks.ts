/** Sinks, from both sides. */

import type { InjectedSinkFunction, InjectedSinks, WorkerOptions } from '@temporalio/worker';
import type { WorkflowInfo } from '@temporalio/workflow';
import { type LoggerSinks, proxySinks, type Sink, type SinkFunction, type Sinks } from '@temporalio/workflow';
import type { Equal, Expect, Extends } from './expect';

export interface Alerts extends Sinks {
  alerter: {
    alert(message: string): void;
    count(by: number, tags?: Record<string, string>): void;
  };
}

const { alerter } = proxySinks<Alerts>();
export function program(): void {
  const nothing = alerter.alert('help');
  type _Nothing = Expect<Equal<typeof nothing, void>>;
  alerter.count(1);
  alerter.count(1, { a: 'b' });
  proxySinks<LoggerSinks>();
  // @ts-expect-error TS2345: arguments are checked
  alerter.alert(5);
  // @ts-expect-error TS2339: there is no such function
  alerter.missing();
}

export const sinks: InjectedSinks<Alerts> = {
  alerter: {
    alert: {
      fn(info, message) {
        type _Info = Expect<Equal<typeof info, WorkflowInfo>>;
        type _Message = Expect<Equal<typeof message, string>>;
      },
      callDuringReplay: false,
    },
    count: {
      async fn(_info, by) {
        void by.toFixed();
      },
    },
  },
};
export const options: Pick<WorkerOptions, 'sinks'> = { sinks };
type _Sink = Expect<Extends<Alerts['alerter'], Sink>>;
type _Function = Expect<Extends<(one: number) => void, SinkFunction>>;
type _Injected = Expect<
  Equal<InjectedSinks<Alerts>['alerter']['alert'], InjectedSinkFunction<(message: string) => void>>
>;
// @ts-expect-error TS2741: each function is provided
export const half: InjectedSinks<Alerts> = { alerter: { alert: { fn() {} } } };
