/** What the workers of a process share: the logger, the meter, and the signals that shut them down. */
import { IllegalStateError } from '../common/errors.ts';
import type { Logger, LogLevel } from '../common/logger.ts';
import { type MetricMeter, noopMetricMeter } from '../common/metrics.ts';
import type { Duration } from '../common/time.ts';
import { DefaultLogger } from './logger.ts';
import type { MetricsBuffer } from './metrics/metrics-buffer.ts';
import { exportMetrics, type RuntimeMetrics } from './metrics/metrics-exporter.ts';
import type { MetricsExporterConfig } from './metrics/metrics-options.ts';

export interface RuntimeOptions {
  /** @default a {@link DefaultLogger} at level INFO */
  logger?: Logger;
  /** Signals on which all running workers shut down. */
  shutdownSignals?: NodeJS.Signals[];
  /** Where metrics go. Logs of a native core do not exist here. */
  telemetryOptions?: TelemetryOptions;
  /** Accepted for code that sets it; workers do not report themselves. */
  workerHeartbeatInterval?: Duration;
}

/** Accepted for code that sets it: a logger gets everything. */
export interface ForwardLogger {
  forward: { level?: LogLevel };
}

/** Accepted for code that sets it: a logger gets everything. */
export interface ConsoleLogger {
  console: { format?: 'compact' | 'pretty' | 'json' };
}

export type LogExporterConfig = { filter?: string | { core: LogLevel; other?: LogLevel } } & (
  | ForwardLogger
  | ConsoleLogger
  | object
);

export interface TelemetryOptions {
  /** Accepted for code that sets it: there is no native core whose logs could be filtered. */
  logging?: LogExporterConfig;
  /** Where the metrics of activities and workflows go. @default nowhere */
  metrics?: MetricsExporterConfig;
  /** Accepted for code that sets it. */
  tracing?: unknown;
  /** @deprecated Accepted for code that sets it. */
  tracingFilter?: string;
  noTemporalPrefixForMetrics?: boolean;
}

/** Accepted for code that calls it: there is no native core whose logs could be filtered. */
export function makeTelemetryFilterString({
  core,
  other = 'ERROR',
}: {
  core: LogLevel;
  other?: LogLevel;
}): string {
  return `${other},temporalio_sdk_core=${core},temporalio_client=${core},temporalio_common=${core}`;
}

export type CompiledRuntimeOptions = Required<Pick<RuntimeOptions, 'logger' | 'shutdownSignals'>>;

const SHUTDOWN_SIGNALS: NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGUSR2'];

/**
 * The process-wide settings of workers. Made with the defaults when the first worker needs it; to change them call
 * {@link Runtime.install} before that.
 *
 * ```ts
 * Runtime.install({ logger: new DefaultLogger('DEBUG') });
 * ```
 */
export class Runtime {
  static _instance?: Runtime | undefined;
  static #isInstalled = false;

  readonly options: CompiledRuntimeOptions;
  readonly logger: Logger;
  /** Its metrics go where `telemetryOptions.metrics` says. */
  readonly metricMeter: MetricMeter;
  readonly #metrics: RuntimeMetrics | undefined;
  readonly #onShutdown = new Set<() => void>();
  readonly #onSignal = (): void => {
    for (const callback of this.#onShutdown) callback();
  };

  protected constructor(options: RuntimeOptions) {
    this.logger = options.logger ?? new DefaultLogger('INFO');
    const { metrics } = options.telemetryOptions ?? {};
    this.#metrics = metrics && exportMetrics(metrics, this, this.logger);
    this.metricMeter = this.#metrics?.meter ?? noopMetricMeter;
    this.options = { logger: this.logger, shutdownSignals: options.shutdownSignals ?? SHUTDOWN_SIGNALS };
  }

  /** Sets the options. Throws an `IllegalStateError` when the runtime is there already. */
  static install(options: RuntimeOptions): Runtime {
    if (Runtime._instance !== undefined) {
      throw new IllegalStateError(
        Runtime.#isInstalled
          ? 'Runtime singleton has already been installed'
          : 'Runtime singleton has already been instantiated. Did you start a Worker before calling `install`?',
      );
    }
    Runtime.#isInstalled = true;
    Runtime._instance = new Runtime(options);
    return Runtime._instance;
  }

  /** The runtime; made with the defaults when there is none yet. */
  static instance(): Runtime {
    Runtime._instance ??= new Runtime({});
    return Runtime._instance;
  }

  /** The buffer of `telemetryOptions.metrics`, if that is where metrics go. */
  get metricsBuffer(): MetricsBuffer | undefined {
    return this.#metrics?.buffer;
  }

  /** Nothing is held back here. */
  flushLogs(): void {}

  /** Ends the runtime, so that another can be installed. Workers end for themselves. */
  async shutdown(): Promise<void> {
    for (const signal of this.options.shutdownSignals) process.off(signal, this.#onSignal);
    this.#onShutdown.clear();
    Runtime.#isInstalled = false;
    if (Runtime._instance === this) Runtime._instance = undefined;
    await this.#metrics?.close();
  }

  /** @internal Calls back on the shutdown signals. */
  registerShutdownSignalCallback(callback: () => void): void {
    if (this.#onShutdown.size === 0)
      for (const signal of this.options.shutdownSignals) process.on(signal, this.#onSignal);
    this.#onShutdown.add(callback);
  }

  /** @internal */
  deregisterShutdownSignalCallback(callback: () => void): void {
    this.#onShutdown.delete(callback);
    if (this.#onShutdown.size === 0)
      for (const signal of this.options.shutdownSignals) process.off(signal, this.#onSignal);
  }
}
