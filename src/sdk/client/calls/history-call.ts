/** The answer of the history calls, whose events have JSON forms of their own. */
import type { HistoryEvent } from '../../common/wire/events.ts';
import { fromJson, historyFromJson, historyToJson, toJson } from '../../common/wire/json.ts';
import { bytes, message } from '../../common/wire/schema.ts';
import type { ResponseCodec } from './call.ts';

export interface HistoryResponse {
  history: { events: HistoryEvent[] };
  /** Absent on the last page. */
  nextPageToken?: Uint8Array;
}

const PageSchema = message('HistoryPage', { nextPageToken: bytes });

export const historyResponse: ResponseCodec<HistoryResponse> = {
  schema: PageSchema,
  toJson: ({ history, nextPageToken }, options) => ({
    history: history.events.length === 0 ? {} : historyToJson(history.events, options),
    ...toJson(PageSchema, nextPageToken ? { nextPageToken } : {}),
  }),
  fromJson: (json) => ({
    history: { events: historyFromJson(json) },
    ...fromJson(PageSchema, json ?? {}),
  }),
};
