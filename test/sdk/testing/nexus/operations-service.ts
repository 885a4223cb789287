/** Operations that updates, activities and workflows stand for: the contract. */
import * as nexus from 'nexus-rpc';

export interface ToUpdate {
  workflowId: string;
  /** Several operations that name one wait for one update. */
  updateId?: string;
  how: 'waits' | 'at once' | 'rejected' | 'fails';
}

export interface ToCharge {
  activityId: string;
  how: 'completes' | 'fails' | 'waits';
}

export const desk = nexus.service('desk', {
  approve: nexus.operation<ToUpdate, string>(),
  approveForGood: nexus.operation<ToUpdate, string>(),
  charge: nexus.operation<ToCharge, string>(),
  open: nexus.operation<string, string>(),
  answer: nexus.operation<string, string>(),
  twice: nexus.operation<string, string>(),
  tell: nexus.operation<string, string>(),
});
