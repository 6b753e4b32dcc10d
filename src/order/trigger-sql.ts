import { type Holder, OrderStatus } from "../gen/alexandrite/order/v1/order";
import { holderOf, lifecycle, shortHolder, shortStatus, statuses } from "./lifecycle";

/**
 * The order's life as SQL, for the database of `self`. Expects the tables `orders` and `order_event`; may run again over an older rendering. From then on
 * - a row of `orders` changes only by one version, along the table, together with an event of the same transaction that whoever holds the old status made:
 *   marked `local` when that is `self`, `applied` when it is another service;
 * - an event is stored only with the change that it tells of;
 * - neither orders nor events are deleted, and events never change.
 * So an illegal move fails even from psql.
 */
export function renderTriggerSql(self: Holder): string {
  return `
CREATE OR REPLACE FUNCTION order_move_is_legal() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  was_status text := '';
  was_version integer := 0;
  entitled text;
  made record;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF NEW IS NOT DISTINCT FROM OLD THEN
      RETURN NEW;
    END IF;
    was_status := OLD.status;
    was_version := OLD.version;
    IF NEW.order_id <> OLD.order_id THEN
      RAISE EXCEPTION 'order % cannot become order %', OLD.order_id, NEW.order_id ${refusal};
    END IF;
  END IF;
  IF NEW.version <> was_version + 1 THEN
    RAISE EXCEPTION 'order %: version % cannot follow version %', NEW.order_id, NEW.version, was_version ${refusal};
  END IF;
  SELECT holder INTO entitled FROM (VALUES
    ${moves().join(",\n    ")}
  ) AS legal (old_status, new_status, holder) WHERE old_status = was_status AND new_status = NEW.status;
  IF entitled IS NULL THEN
    RAISE EXCEPTION 'order %: % may not become %', NEW.order_id, was_status, NEW.status ${refusal};
  END IF;
  SELECT origin, source, status INTO made FROM order_event
    WHERE order_id = NEW.order_id AND version = NEW.version AND made_by_transaction = pg_current_xact_id();
  IF NOT FOUND OR made.status <> NEW.status THEN
    RAISE EXCEPTION 'order %: version % has no event of this transaction', NEW.order_id, NEW.version ${refusal};
  END IF;
  IF made.source <> entitled OR (made.origin = 'local') <> (made.source = '${shortHolder(self)}') THEN
    RAISE EXCEPTION 'order %: % is held by %, but the event is by % and %',
      NEW.order_id, was_status, entitled, made.source, made.origin ${refusal};
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER order_move_is_legal BEFORE INSERT OR UPDATE ON orders
  FOR EACH ROW EXECUTE FUNCTION order_move_is_legal();

CREATE OR REPLACE FUNCTION order_event_is_of_now() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.made_by_transaction := pg_current_xact_id();
  NEW.stored_at := clock_timestamp();
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER order_event_is_of_now BEFORE INSERT ON order_event
  FOR EACH ROW EXECUTE FUNCTION order_event_is_of_now();

CREATE OR REPLACE FUNCTION order_event_has_its_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM orders WHERE order_id = NEW.order_id AND version >= NEW.version) THEN
    RAISE EXCEPTION 'order %: the event of version % comes without its move', NEW.order_id, NEW.version
      USING ERRCODE = 'check_violation', CONSTRAINT = 'order_event_has_its_move';
  END IF;
  RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS order_event_has_its_move ON order_event;
CREATE CONSTRAINT TRIGGER order_event_has_its_move AFTER INSERT ON order_event DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION order_event_has_its_move();

CREATE OR REPLACE FUNCTION order_history_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% on % is refused: orders and their events are kept as they were', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'check_violation', CONSTRAINT = 'order_history_is_kept';
END $$;

CREATE OR REPLACE TRIGGER order_history_is_kept BEFORE DELETE OR TRUNCATE ON orders
  FOR EACH STATEMENT EXECUTE FUNCTION order_history_is_kept();
CREATE OR REPLACE TRIGGER order_history_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON order_event
  FOR EACH STATEMENT EXECUTE FUNCTION order_history_is_kept();
`;
}

const refusal = "USING ERRCODE = 'check_violation', CONSTRAINT = 'order_move_is_legal'";

/** The table, one row per move; nothing comes before version 1. */
function moves(): string[] {
  const none = OrderStatus.ORDER_STATUS_UNSPECIFIED;
  return [none, ...statuses].flatMap((from) => {
    const holder = holderOf(from);
    if (holder === undefined) return [];
    const was = from === none ? "" : shortStatus(from);
    return lifecycle[from].next.map((to) => `('${was}', '${shortStatus(to)}', '${shortHolder(holder)}')`);
  });
}
