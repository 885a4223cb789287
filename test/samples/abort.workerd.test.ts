/** An abort is the crash of an object: it ends in the middle of whatever it does. */
import { abortAllDurableObjects } from 'cloudflare:test';
import { testSurvival } from './survival.ts';

testSurvival('aborted', () => abortAllDurableObjects());
