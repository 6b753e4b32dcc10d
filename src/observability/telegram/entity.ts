/** A part of a text with a meaning of its own; offset and length count UTF-16 units, as the Bot API does. */
export type Entity = { type: string; offset: number; length: number; url?: string };

/** What people see, and what is special about which part of it. */
export type FormattedText = { text: string; entities: Entity[] };
