/** `npm run test:long`: what takes minutes of real time and is not part of `npm test`. */
import { defineConfig } from 'vitest/config';

export default defineConfig({ test: { include: ['test/**/*.long.test.ts'] } });
