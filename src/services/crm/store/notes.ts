import type { Queryable } from "../../../platform/postgres";

export type Note = { noteId: string; orderId: string; authorId: string; text: string; createdAt: Date };

type NoteRow = { note_id: string; order_id: string; author_id: string; body: string; created_at: Date };

/** Stores a note; a known `noteId` returns the note that is there. */
export async function addNote(db: Queryable, note: Omit<Note, "createdAt">): Promise<Note> {
  await db.execute(
    "INSERT INTO note (note_id, order_id, author_id, body) VALUES ($1, $2, $3, $4) ON CONFLICT (note_id) DO NOTHING",
    [note.noteId, note.orderId, note.authorId, note.text],
  );
  return toNote(
    await db.one<NoteRow>(
      "SELECT note_id, order_id, author_id, body, created_at FROM note WHERE note_id = $1",
      [note.noteId],
    ),
  );
}

/** An order's notes, oldest first; the newest 200. */
export async function notesOf(db: Queryable, orderId: string): Promise<Note[]> {
  const rows = await db.query<NoteRow>(
    `SELECT note_id, order_id, author_id, body, created_at FROM note WHERE order_id = $1
     ORDER BY created_at DESC, note_id DESC LIMIT 200`,
    [orderId],
  );
  return rows.map(toNote).reverse();
}

function toNote(row: NoteRow): Note {
  return {
    noteId: row.note_id,
    orderId: row.order_id,
    authorId: row.author_id,
    text: row.body,
    createdAt: row.created_at,
  };
}
