export {
  msNumberToTs,
  msOptionalToTs,
  msToTs,
  optionalTsToDate,
  optionalTsToMs,
  type Timestamp,
  tsToDate,
  tsToMs,
} from '../deprecated-time.ts';
export { type Duration, msOptionalToNumber, msToNumber } from '../time.ts';
