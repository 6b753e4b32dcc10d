/** What the hand-over rests on. A walk with one of them switched off has to find out why it is there. */
export type Rules = {
  /** A version that is stored is not applied again. */
  versionGuard: boolean;
  /** Only the very next version is applied. */
  nextOnly: boolean;
  /** The database commits before the offset does. */
  databaseFirst: boolean;
  /** What cannot be applied yet is stored, or forgotten, or kept in memory only. */
  park: "stored" | "forgotten" | "in memory";
  /** The outbox row commits with the move. */
  outboxInMove: boolean;
  /** Nothing is published before its move has committed. */
  publishAfterCommit: boolean;
  /** A row is marked as published after it was. */
  markAfterPublish: boolean;
  /** Only the holder moves. */
  holderCheck: boolean;
  /** A move decides under the lock that it commits under. */
  rowLock: boolean;
  /** A move depends on the version that its caller saw, not on the status alone. */
  expectedVersion: boolean;
  /** What must follow from an event is written down in the transaction that applies it. */
  effectInApply: boolean;
};

export const allRules: Rules = {
  versionGuard: true,
  nextOnly: true,
  databaseFirst: true,
  park: "stored",
  outboxInMove: true,
  publishAfterCommit: true,
  markAfterPublish: true,
  holderCheck: true,
  rowLock: true,
  expectedVersion: true,
  effectInApply: true,
};
