/** Whether somebody else did what an event tells of an account: an operator, or an admin. */
export const isByOther = (actor: string | undefined, accountId: string): boolean =>
  actor !== undefined &&
  (actor.startsWith('operator') || (actor.startsWith('account:') && actor !== `account:${accountId}`))
