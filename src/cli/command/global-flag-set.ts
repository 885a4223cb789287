/** The flags of every command that talks to a server. */
import { choice, duration, pairs, text, toggle } from './flags.ts';

const identityValues = <const Names extends readonly string[]>(names: Names) =>
  Object.fromEntries(names.map((name) => [name, name])) as { [Name in Names[number]]: Name };

export const globalFlags = {
  address: text(
    '--address <url>',
    'The server: a URL, or host:port. Default localhost:8787; PERDURE_ADDRESS',
  ),
  namespace: text('-n, --namespace <name>', 'The namespace. Default default; PERDURE_NAMESPACE'),
  apiKey: text('--api-key <key>', 'An API key of the server. PERDURE_API_KEY'),
  tls: toggle('--tls', 'Use https, where the address is host:port'),
  header: pairs('--grpc-meta <key=value>', 'A header of every request'),
  identity: text('--identity <name>', 'Who does this, as histories show it. Default perdure-cli:user@host'),
  output: choice(
    '-o, --output <format>',
    'How to print. Default text',
    identityValues(['text', 'json', 'jsonl', 'none']),
  ),
  timeFormat: choice(
    '--time-format <format>',
    'How text shows times. Default relative',
    identityValues(['relative', 'iso', 'raw']),
  ),
  color: choice(
    '--color <when>',
    'Colours in text. Default auto',
    identityValues(['always', 'never', 'auto']),
  ),
  longForm: toggle('--no-json-shorthand-payloads', 'Print payloads with their metadata, in base64'),
  timeout: duration('--command-timeout <duration>', 'Give up after this long. Default never'),
};
