/**
 * The tables of events and of commands: each has a number, a schema of its attributes, and names in JSON. Those names are made of
 * the one it stands under, by the rule that the protocol follows without exception.
 */
import { type FieldMap, type MessageField, message } from './schema.ts';

export interface Definition<Fields extends FieldMap> {
  readonly number: number;
  /** `EVENT_TYPE_TIMER_FIRED` */
  readonly jsonType: string;
  /** `timerFiredEventAttributes` */
  readonly member: string;
  readonly schema: MessageField<Fields>;
}

interface Entry<Fields extends FieldMap> {
  readonly number: number;
  readonly fields: Fields;
}

type Definitions<Table extends Record<string, Entry<FieldMap>>> = {
  readonly [Name in keyof Table]: Definition<Table[Name]['fields']>;
};

export function entry<const Fields extends FieldMap>(number: number, fields: Fields): Entry<Fields> {
  return { number, fields };
}

export function define<Table extends Record<string, Entry<FieldMap>>>(
  kind: 'Event' | 'Command',
  table: Table,
): Definitions<Table> {
  const defined = Object.entries(table).map(([name, { number, fields }]) => {
    const jsonType = `${kind}Type${name}`.replace(/\B[A-Z]/g, '_$&').toUpperCase();
    const member = `${name[0]?.toLowerCase()}${name.slice(1)}${kind}Attributes`;
    return [name, { number, jsonType, member, schema: message(member, fields) }];
  });
  // Sound: an entry for each of the table's names, made of its own fields.
  return Object.fromEntries(defined) as Definitions<Table>;
}
