/** The kinds of flags. Each gives a value of one type; what is not required is undefined when it is not given. */
import { parseDuration, parseInteger, parseJson, parseNumber, parsePair, parseTime } from '../input/parse.ts';
import type { Arity, Flag } from './definition.ts';
import { UsageError } from './usage-error.ts';

export interface Optional<Value> extends Flag<Value | undefined> {
  /** The same, which must be given. */
  readonly required: Flag<Value>;
}

function flag<Value>(
  spec: string,
  about: string,
  parse: (text: string) => Value,
  choices?: readonly string[],
): Optional<Value> {
  const common = { spec, about, arity: 'one' as Arity, parse, ...(choices && { choices }) };
  return { ...common, isRequired: false, required: { ...common, isRequired: true } };
}

function repeated<Value>(
  spec: string,
  about: string,
  parse: (text: string) => Value,
): Flag<readonly Value[]> {
  return { spec, about: `${about}; may be repeated`, arity: 'many', isRequired: false, parse };
}

const asIs = (value: string): string => value;

export const text = (spec: string, about: string): Optional<string> => flag(spec, about, asIs);
export const texts = (spec: string, about: string): Flag<readonly string[]> => repeated(spec, about, asIs);
export const integer = (spec: string, about: string): Optional<number> => flag(spec, about, parseInteger);
export const number = (spec: string, about: string): Optional<number> => flag(spec, about, parseNumber);
/** As the API writes it: `5400s`. */
export const duration = (spec: string, about: string): Optional<string> => flag(spec, about, parseDuration);
/** RFC 3339. */
export const time = (spec: string, about: string): Optional<string> => flag(spec, about, parseTime);
export const json = (spec: string, about: string): Optional<unknown> => flag(spec, about, parseJson);
export const jsons = (spec: string, about: string): Flag<readonly unknown[]> =>
  repeated(spec, about, parseJson);
/** `KEY=VALUE`, both text. */
export const pairs = (spec: string, about: string): Flag<readonly (readonly [string, string])[]> =>
  repeated(spec, about, parsePair);

export function toggle(spec: string, about: string): Flag<boolean> {
  return { spec, about, arity: 'switch', isRequired: false, parse: () => true };
}

/** One of the names, in whatever case and with or without dashes; gives what the API calls it. */
export function choice<const Values extends Readonly<Record<string, string>>>(
  spec: string,
  about: string,
  values: Values,
): Optional<Values[keyof Values]> {
  return flag(spec, about, readerOf(values), Object.keys(values));
}

export function choices<const Values extends Readonly<Record<string, string>>>(
  spec: string,
  about: string,
  values: Values,
): Flag<readonly Values[keyof Values][]> {
  return { ...repeated(spec, about, readerOf(values)), choices: Object.keys(values) };
}

/** Reads what a choice is given as. */
export function readerOf<const Values extends Readonly<Record<string, string>>>(
  values: Values,
): (text: string) => Values[keyof Values] {
  const plain = (name: string) => name.toLowerCase().replaceAll(/[-_]/g, '');
  const byName = new Map(Object.entries(values).map(([name, value]) => [plain(name), value]));
  return (text) => {
    const value = byName.get(plain(text));
    if (value === undefined)
      throw new UsageError(`expected one of ${Object.keys(values).join(', ')}, found '${text}'`);
    return value as Values[keyof Values];
  };
}
