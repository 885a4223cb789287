/** What the caller of an operation is linked to, and what links back: between the words of Nexus and those of the client. */
import type * as nexus from 'nexus-rpc';
import type { LinkOfResponse } from '../client/internal-options.ts';
import { fromNexusLink, toNexusLink } from '../common/nexus-links.ts';
import type { Link } from '../common/wire/links.ts';
import { log } from './context.ts';

/** For the requests that a handler makes. A link of a form that is not known here is left out, with a warning. */
export function requestLinks({ inboundLinks }: nexus.StartOperationContext): { links?: Link[] } {
  const links: Link[] = [];
  for (const link of inboundLinks ?? []) {
    try {
      links.push(fromNexusLink(link));
    } catch (error) {
      log.warn('A link of the caller is left out', { error });
    }
  }
  return links.length > 0 ? { links } : {};
}

/** The caller's event will point at what a call has led to. */
export function linkBack(ctx: nexus.StartOperationContext, { responseLink }: LinkOfResponse): void {
  if (responseLink === undefined) return;
  try {
    const { url, type } = toNexusLink(responseLink);
    ctx.outboundLinks.push({ url: new URL(url), type });
  } catch (error) {
    log.warn('A link to what the operation has led to is left out', { error });
  }
}
