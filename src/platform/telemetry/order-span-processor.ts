import type { Context } from "@opentelemetry/api";
import type { Span, SpanProcessor } from "@opentelemetry/sdk-trace-base";
import { scopeOf } from "./scope";

/** Copies the scope's order to every span that starts in it, so that one attribute finds all traces of an order. */
export class OrderSpanProcessor implements SpanProcessor {
  onStart(span: Span, parent: Context): void {
    const orderId = scopeOf(parent)?.fields["order_id"];
    if (orderId !== undefined) span.setAttribute("order.id", orderId);
  }
  onEnd(): void {}
  async forceFlush(): Promise<void> {}
  async shutdown(): Promise<void> {}
}
