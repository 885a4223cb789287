/** Eviction is graceful: what is being answered is finished, then the object leaves memory. */
import { evictAllDurableObjects } from 'cloudflare:test';
import { testSurvival } from './survival.ts';

testSurvival('evicted', () => evictAllDurableObjects());
