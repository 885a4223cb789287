/** The answer of the history calls, whose events have JSON forms of their own. */
import type { HistoryEvent } from '../../common/wire/events.ts';
import { fromJson, historyFromJson, historyToJson, toJson } from '../../common/wire/json.ts';
import { bool, bytes, message } from '../../common/wire/schema.ts';
import type { ResponseCodec } from './call.ts';

export interface HistoryResponse {
  history: { events: HistoryEvent[] };
  /** Absent on the last page. */
  nextPageToken?: Uint8Array;
  /** The run is erased: this is what the archive has of it. */
  archived?: boolean;
}

const PageSchema = message('HistoryPage', { nextPageToken: bytes, archived: bool });

export const historyResponse: ResponseCodec<HistoryResponse> = {
  schema: PageSchema,
  toJson: ({ history, nextPageToken, archived }, options) => ({
    history: history.events.length === 0 ? {} : historyToJson(history.events, options),
    ...toJson(PageSchema, { ...(nextPageToken && { nextPageToken }), ...(archived && { archived }) }),
  }),
  fromJson: (json) => ({
    history: { events: historyFromJson(json) },
    ...fromJson(PageSchema, json ?? {}),
  }),
};
