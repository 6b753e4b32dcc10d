/** The bytes that messages were decoded from: rules are checked on them, and generated types have no room for them. */
const bytesOfMessage = new WeakMap<object, Uint8Array>();

/** A deserializer that remembers what it read; what is remembered goes with the message. */
export function keepBytes(deserialize: (bytes: Buffer) => unknown): (bytes: Buffer) => unknown {
  return (bytes) => {
    const message = deserialize(bytes);
    if (typeof message === "object" && message !== null) bytesOfMessage.set(message, bytes);
    return message;
  };
}

export function bytesOf(message: unknown): Uint8Array | undefined {
  return typeof message === "object" && message !== null ? bytesOfMessage.get(message) : undefined;
}
