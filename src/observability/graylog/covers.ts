/** Lists whose order means nothing: Graylog keeps them as sets and gives them back in any order. */
const sets = new Set(["streams", "widgets", "search_types", "queries"]);

/**
 * Whether what Graylog has is what we want: everything that is wanted is there and the same. What Graylog adds by itself (dates, owners, defaults) is not looked at;
 * nothing, null and an empty list are the same to it.
 */
export function covers(actual: unknown, wanted: unknown, key = ""): boolean {
  if (isNothing(wanted)) return isNothing(actual);
  if (Array.isArray(wanted)) return Array.isArray(actual) && coversList(actual, wanted, key);
  if (typeof wanted !== "object" || wanted === null) return actual === wanted;
  if (typeof actual !== "object" || actual === null || Array.isArray(actual)) return false;
  return Object.entries(wanted).every(([name, value]) =>
    covers((actual as Record<string, unknown>)[name], value, name),
  );
}

function coversList(actual: unknown[], wanted: unknown[], key: string): boolean {
  if (actual.length !== wanted.length) return false;
  if (!sets.has(key)) return wanted.every((value, at) => covers(actual[at], value));
  const left = [...actual];
  return wanted.every((value) => {
    const at = left.findIndex((candidate) => covers(candidate, value));
    if (at < 0) return false;
    left.splice(at, 1);
    return true;
  });
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}
