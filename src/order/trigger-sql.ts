import type { Holder } from "../gen/alexandrite/order/v1/order";
import { holderOf, lifecycle, shortHolder, shortStatus, statuses } from "./lifecycle";
import { OrderStatus } from "../gen/alexandrite/order/v1/order";

/**
 * The order's life as SQL: a trigger on `orders` lets a row become another status or version only together with its `order_event` row of the same transaction, one version
 * on, along the table, made by whoever holds the old status. So an illegal move fails even from psql.
 */
export function renderTriggerSql(self: Holder): string {
  const none = OrderStatus.ORDER_STATUS_UNSPECIFIED;
  const moves = [none, ...statuses].flatMap((from) =>
    lifecycle[from].next.map(
      (to) =>
        `('${from === none ? "" : shortStatus(from)}', '${shortStatus(to)}', '${shortHolder(holderOf(from)!)}')`,
    ),
  );
  return `
CREATE TABLE order_transition (
  old_status text NOT NULL,
  new_status text NOT NULL,
  holder text NOT NULL,
  PRIMARY KEY (old_status, new_status)
);
INSERT INTO order_transition (old_status, new_status, holder) VALUES
  ${moves.join(",\n  ")};

CREATE FUNCTION order_move_is_legal() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  was_status text := CASE WHEN TG_OP = 'INSERT' THEN '' ELSE OLD.status END;
  was_version integer := CASE WHEN TG_OP = 'INSERT' THEN 0 ELSE OLD.version END;
  entitled text;
  made record;
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.status = OLD.status AND NEW.version = OLD.version THEN
    RETURN NEW;
  END IF;
  IF NEW.version <> was_version + 1 THEN
    RAISE EXCEPTION 'order %: version % cannot follow version %', NEW.order_id, NEW.version, was_version
      USING ERRCODE = 'check_violation', CONSTRAINT = 'order_move_is_legal';
  END IF;
  SELECT holder INTO entitled FROM order_transition WHERE old_status = was_status AND new_status = NEW.status;
  IF entitled IS NULL THEN
    RAISE EXCEPTION 'order %: % may not become %', NEW.order_id, was_status, NEW.status
      USING ERRCODE = 'check_violation', CONSTRAINT = 'order_move_is_legal';
  END IF;
  SELECT origin, source, status INTO made FROM order_event
    WHERE order_id = NEW.order_id AND version = NEW.version AND made_by_transaction = pg_current_xact_id();
  IF made IS NULL OR made.status <> NEW.status THEN
    RAISE EXCEPTION 'order %: version % has no event of this transaction', NEW.order_id, NEW.version
      USING ERRCODE = 'check_violation', CONSTRAINT = 'order_move_is_legal';
  END IF;
  IF made.source <> entitled OR (made.origin = 'local') <> (made.source = '${shortHolder(self)}') THEN
    RAISE EXCEPTION 'order %: % is held by %, but the event is %''s and %', NEW.order_id, was_status, entitled, made.source, made.origin
      USING ERRCODE = 'check_violation', CONSTRAINT = 'order_move_is_legal';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER order_move_is_legal BEFORE INSERT OR UPDATE ON orders
  FOR EACH ROW EXECUTE FUNCTION order_move_is_legal();

CREATE FUNCTION order_event_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'order %: stored events are neither changed nor deleted', OLD.order_id
    USING ERRCODE = 'check_violation', CONSTRAINT = 'order_event_is_kept';
END $$;

CREATE TRIGGER order_event_is_kept BEFORE UPDATE OR DELETE ON order_event
  FOR EACH ROW EXECUTE FUNCTION order_event_is_kept();
`;
}
