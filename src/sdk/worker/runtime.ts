/** What the workers of a process share: the logger, the meter, and the signals that shut them down. */
import { IllegalStateError } from '../common/errors.ts';
import type { Logger, LogLevel } from '../common/logger.ts';
import { type MetricMeter, noopMetricMeter } from '../common/metrics.ts';
import type { Duration } from '../common/time.ts';
import { type CompiledTelemetry, compileTelemetry } from './compile-telemetry.ts';
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

export { makeTelemetryFilterString } from './compile-telemetry.ts';

export interface CompiledRuntimeOptions extends Required<Pick<RuntimeOptions, 'logger' | 'shutdownSignals'>> {
  /** What is meant by the rest, with its defaults. */
  runtimeOptions: CompiledTelemetry;
  metricsBuffer: MetricsBuffer | undefined;
}

/**
 * The process-wide settings of workers. Made with the defaults when the first worker needs it; to change them call
 * {@link Runtime.install} before that. It ends with the last worker and the last connection of workers; the next one has the same
 * options, unless others are installed.
 *
 * ```ts
 * Runtime.install({ logger: new DefaultLogger('DEBUG') });
 * ```
 */
export class Runtime {
  static _instance?: Runtime | undefined;
  static #isInstalled = false;
  /** For the next one. */
  static #lastOptions: RuntimeOptions = {};

  readonly options: CompiledRuntimeOptions;
  readonly logger: Logger;
  /** Its metrics go where `telemetryOptions.metrics` says. */
  readonly metricMeter: MetricMeter;
  readonly #metrics: RuntimeMetrics | undefined;
  readonly #users = new Set<object>();
  readonly #onShutdown = new Set<() => void>();
  #hasBeenSignalled = false;
  #isShutDown = false;
  readonly #onSignal = (): void => {
    this.#hasBeenSignalled = true;
    // A second signal does what it does without workers.
    this.#listen(false);
    for (const callback of this.#onShutdown) queueMicrotask(callback);
    this.#onShutdown.clear();
  };

  protected constructor(options: RuntimeOptions) {
    this.logger = options.logger ?? new DefaultLogger('INFO');
    const { metrics } = options.telemetryOptions ?? {};
    const runtimeOptions = compileTelemetry(options);
    this.#metrics = metrics && exportMetrics(metrics, this, this.logger);
    this.metricMeter = this.#metrics?.meter ?? noopMetricMeter;
    this.options = {
      logger: this.logger,
      shutdownSignals: options.shutdownSignals ?? SHUTDOWN_SIGNALS,
      runtimeOptions,
      metricsBuffer: this.#metrics?.buffer,
    };
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
    return Runtime.#create(options, true);
  }

  /** The runtime; made when there is none yet, with the options of the last one if there was one. */
  static instance(): Runtime {
    return Runtime._instance ?? Runtime.#create(Runtime.#lastOptions, false);
  }

  static #create(options: RuntimeOptions, isInstalled: boolean): Runtime {
    const runtime = new Runtime(options);
    Runtime.#lastOptions = options;
    Runtime.#isInstalled = isInstalled;
    Runtime._instance = runtime;
    return runtime;
  }

  /** The buffer of `telemetryOptions.metrics`, if that is where metrics go. */
  get metricsBuffer(): MetricsBuffer | undefined {
    return this.#isShutDown ? undefined : this.#metrics?.buffer;
  }

  /** Of a logger that holds lines back. */
  flushLogs(): void {
    const { flush } = this.logger as FlushableLogger;
    if (typeof flush === 'function') flush.call(this.logger);
  }

  /** Ends the runtime, so that another can be installed. Workers end for themselves. */
  async shutdown(): Promise<void> {
    if (Runtime._instance === this) Runtime._instance = undefined;
    if (this.#isShutDown) return;
    this.#isShutDown = true;
    this.#listen(false);
    this.#onShutdown.clear();
    await this.#metrics?.close();
    const { flush, close } = this.logger as FlushableLogger;
    if (typeof flush === 'function') close?.call(this.logger);
  }

  /** @internal A worker or a connection needs the runtime until it is released. */
  retain(user: object): void {
    this.#users.add(user);
  }

  /** @internal With its last user the runtime ends. */
  async release(user: object): Promise<void> {
    if (this.#users.delete(user) && this.#users.size === 0) await this.shutdown();
  }

  /** @internal Calls back on the shutdown signals, and at once where there has been one. */
  registerShutdownSignalCallback(callback: () => void): void {
    if (this.#hasBeenSignalled) {
      queueMicrotask(callback);
      return;
    }
    if (this.#onShutdown.size === 0) this.#listen(true);
    this.#onShutdown.add(callback);
  }

  /** @internal */
  deregisterShutdownSignalCallback(callback: () => void): void {
    this.#onShutdown.delete(callback);
    if (this.#onShutdown.size === 0) this.#listen(false);
  }

  #listen(isListening: boolean): void {
    for (const signal of this.options.shutdownSignals)
      process[isListening ? 'on' : 'off'](signal, this.#onSignal);
  }
}

/** A logger may hold lines back, and be done with at the end of the runtime. */
type FlushableLogger = Logger & { flush?: () => void; close?: () => void };

const SHUTDOWN_SIGNALS: NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGUSR2'];
