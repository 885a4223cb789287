/** JSON schemas of wire messages, as OpenAPI documents refer to them. */
import { EVENTS } from '../sdk/common/wire/events.ts';
import type { AnyField, FieldMap, MessageField } from '../sdk/common/wire/schema.ts';

export type JsonSchema = Record<string, unknown>;

const SCALARS: Readonly<Record<string, JsonSchema>> = {
  string: { type: 'string' },
  bool: { type: 'boolean' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'string', format: 'int64' },
  double: { type: 'number', format: 'double' },
  duration: { type: 'string', pattern: '^-?\\d+(\\.\\d{1,9})?s$' },
  timestamp: { type: 'string', format: 'date-time' },
  bytes: { type: 'string', format: 'byte' },
  json: {},
};

/** Collects the schemas of the messages that it is asked for, each under a name of its own. */
export class SchemaTable {
  readonly schemas: Record<string, JsonSchema> = {};
  readonly #names = new Map<MessageField<FieldMap>, string>();
  readonly #root: string;

  /** `root`: where references point. */
  constructor(root: string) {
    this.#root = root;
  }

  reference(message: MessageField<FieldMap>): JsonSchema {
    return { $ref: `${this.#root}${this.#nameOf(message)}` };
  }

  field(field: AnyField): JsonSchema {
    switch (field.kind) {
      case 'required':
        return this.field(field.field as AnyField);
      case 'lazy':
        return this.field(field.target());
      case 'message':
        return this.reference(field);
      case 'list':
        return { type: 'array', items: this.field(field.element) };
      case 'map':
        return { type: 'object', additionalProperties: this.field(field.element) };
      case 'enum':
        return { type: 'string', enum: Object.keys(field.values).map((name) => `${field.prefix}${name}`) };
      case 'payload':
        return this.#named('Payload', {
          description: 'Any JSON value in short form, else metadata and data.',
        });
      case 'payloads':
        return this.#named('Payloads', {
          description: 'A list of values in short form, else { payloads }.',
        });
      default:
        return SCALARS[field.kind] ?? {};
    }
  }

  /** The events of a history, which have a codec of their own. */
  history(): JsonSchema {
    if (this.schemas.HistoryEvent === undefined) {
      this.schemas.HistoryEvent = {};
      const events = Object.values(EVENTS);
      const attributes = events.map(({ member, schema }) => [member, this.reference(schema)]);
      this.schemas.HistoryEvent = {
        type: 'object',
        properties: {
          eventId: SCALARS.int64,
          eventTime: SCALARS.timestamp,
          eventType: { type: 'string', enum: events.map(({ jsonType }) => jsonType) },
          ...Object.fromEntries(attributes),
        },
      };
    }
    const items = { $ref: `${this.#root}HistoryEvent` };
    return this.#named('History', { type: 'object', properties: { events: { type: 'array', items } } });
  }

  #named(name: string, schema: JsonSchema): JsonSchema {
    this.schemas[name] ??= schema;
    return { $ref: `${this.#root}${name}` };
  }

  #nameOf(message: MessageField<FieldMap>): string {
    const known = this.#names.get(message);
    if (known !== undefined) return known;
    const name = this.#freeName(message.name.charAt(0).toUpperCase() + message.name.slice(1));
    this.#names.set(message, name);
    // There before its fields are, for messages that hold each other.
    this.schemas[name] = {};
    this.schemas[name] = this.#schemaOf(message);
    return name;
  }

  #freeName(name: string): string {
    if (this.schemas[name] === undefined) return name;
    let number = 2;
    while (this.schemas[`${name}${number}`] !== undefined) number++;
    return `${name}${number}`;
  }

  #schemaOf({ fields }: MessageField<FieldMap>): JsonSchema {
    const properties = Object.entries(fields).map(([name, field]) => [name, this.field(field)]);
    return { type: 'object', properties: Object.fromEntries(properties) };
  }
}
