import { describe, expect, it } from 'vitest';
import { loggerOf, sinkAbove } from '../../../src/runtime/logger.ts';
import { LoggerWithComposedMetadata } from '../../../src/sdk/common/logger.ts';

describe('a logger that composes metadata', () => {
  it('puts nothing together for entries that are dropped', () => {
    const entries: unknown[] = [];
    let asked = 0;
    const sink = sinkAbove('INFO', (level, message, attributes) =>
      entries.push([level, message, attributes]),
    );
    const logger = LoggerWithComposedMetadata.compose(loggerOf(sink, 'INFO'), () => {
      asked += 1;
      return { asked };
    });
    logger.debug('unseen');
    logger.trace('unseen');
    logger.log('DEBUG', 'unseen');
    expect(asked).toBe(0);
    logger.info('seen', { more: true });
    logger.log('ERROR', 'seen too');
    expect(entries).toEqual([
      ['INFO', 'seen', { asked: 1, more: true }],
      ['ERROR', 'seen too', { asked: 2 }],
    ]);
  });

  it('asks for every entry of a logger that does not say what it drops', () => {
    const levels: string[] = [];
    const logger = LoggerWithComposedMetadata.compose(
      loggerOf((level) => levels.push(level)),
      () => ({ a: 1 }),
    );
    logger.trace('a');
    logger.debug('b');
    logger.warn('c');
    expect(levels).toEqual(['TRACE', 'DEBUG', 'WARN']);
  });
});
