/**
 * Callers that wait longer than an RPC may hold the object: each has a hibernatable WebSocket, which gets one message when its
 * run has new events or is closed, and is then closed itself. The object need not stay in memory for them.
 */

import type { ObjectSockets, WaiterSocket } from '../ports.ts';
import type { ExecutionReads, RunView } from './execution-reads.ts';

/** What a socket has seen when it begins to wait. Kept with the socket. */
export interface WaitsFor {
  /** Undefined: whatever run is current. */
  runId: string | undefined;
  seen: { runId: string; lastEventId: number; isOpen: boolean } | undefined;
}

const CLOSE_NORMAL = 1000;

export class WaiterSockets {
  readonly #sockets: ObjectSockets;
  readonly #reads: ExecutionReads;
  /** Asking the platform for its sockets after every commit costs more than this flag. */
  #mayExist: boolean;

  constructor(sockets: ObjectSockets, reads: ExecutionReads) {
    this.#sockets = sockets;
    this.#reads = reads;
    this.#mayExist = sockets.list().length > 0;
  }

  get mayExist(): boolean {
    return this.#mayExist;
  }

  /** What a new socket waits for. Between turns. */
  begin(runId: string | undefined): WaitsFor {
    this.#mayExist = true;
    return { runId, seen: seenOf(this.#reads.view(runId)) };
  }

  /** After a commit: what becomes of a socket is no reason to fail it. */
  notify(): void {
    if (!this.#mayExist) return;
    const sockets = this.#sockets.list();
    this.#mayExist = sockets.length > 0;
    for (const socket of sockets) this.#tell(socket);
  }

  #tell(socket: WaiterSocket): void {
    // Sound: attached by this class's caller from `begin`.
    const { runId, seen } = socket.waitsFor as WaitsFor;
    const view = seenOf(this.#reads.view(runId));
    const isSame = view?.runId === seen?.runId && view?.lastEventId === seen?.lastEventId;
    if (isSame && view?.isOpen === seen?.isOpen) return;
    try {
      socket.send(view?.isOpen === false ? 'closed' : 'changed');
      socket.close(CLOSE_NORMAL, 'told');
    } catch {
      // It broke off, or is being closed: its caller looks again by itself.
    }
  }
}

function seenOf(view: RunView | undefined): WaitsFor['seen'] {
  return view && { runId: view.runId, lastEventId: view.lastEventId, isOpen: view.isOpen };
}
