/** What stands in a status file: the case that is at work, and how many bytes it has. Whoever watches reads it when the process cannot speak. */
export const statusBytes = 16;
