CREATE TABLE blocked_key (
  consumer_group text NOT NULL,
  topic text NOT NULL,
  key text NOT NULL,
  dead_letter_id bigint NOT NULL,
  blocked_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT blocked_key_pkey PRIMARY KEY (consumer_group, topic, key),
  CONSTRAINT blocked_key_dead_letter_id_fkey FOREIGN KEY (dead_letter_id) REFERENCES dead_letter(id)
);

CREATE TABLE dead_letter (
  id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
  consumer_group text NOT NULL,
  topic text NOT NULL,
  kafka_partition integer,
  kafka_offset bigint,
  key text,
  version bigint,
  reason text NOT NULL,
  error text NOT NULL,
  value bytea NOT NULL,
  headers jsonb NOT NULL,
  created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  resolved_at timestamp with time zone,
  resolution text,
  CONSTRAINT dead_letter_pkey PRIMARY KEY (id),
  CONSTRAINT dead_letter_place UNIQUE (consumer_group, topic, kafka_partition, kafka_offset)
);

CREATE INDEX dead_letter_open ON public.dead_letter USING btree (consumer_group, topic, key) WHERE (resolved_at IS NULL);

CREATE TABLE dead_letter_request (
  id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
  dead_letter_id bigint NOT NULL,
  action text NOT NULL,
  requested_by text NOT NULL,
  reason text DEFAULT ''::text NOT NULL,
  requested_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  attempts integer DEFAULT 0 NOT NULL,
  answered_at timestamp with time zone,
  outcome text,
  error text,
  CONSTRAINT dead_letter_request_pkey PRIMARY KEY (id),
  CONSTRAINT dead_letter_request_action_check CHECK ((action = ANY (ARRAY['redeliver'::text, 'drop'::text]))),
  CONSTRAINT dead_letter_request_answer CHECK (((answered_at IS NULL) = (outcome IS NULL))),
  CONSTRAINT dead_letter_request_drop CHECK (((action <> 'drop'::text) OR (reason <> ''::text))),
  CONSTRAINT dead_letter_request_requested_by_check CHECK ((requested_by <> ''::text)),
  CONSTRAINT dead_letter_request_dead_letter_id_fkey FOREIGN KEY (dead_letter_id) REFERENCES dead_letter(id)
);

CREATE INDEX dead_letter_request_letter ON public.dead_letter_request USING btree (dead_letter_id, id);

CREATE INDEX dead_letter_request_open ON public.dead_letter_request USING btree (attempts, id) WHERE (answered_at IS NULL);

CREATE TABLE note (
  note_id uuid NOT NULL,
  order_id uuid NOT NULL,
  author_id text NOT NULL,
  body text NOT NULL,
  created_at timestamp(3) with time zone DEFAULT now() NOT NULL,
  made_by_transaction xid8 DEFAULT pg_current_xact_id() NOT NULL,
  CONSTRAINT note_pkey PRIMARY KEY (note_id),
  CONSTRAINT note_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders(order_id)
);

CREATE INDEX note_by_transaction ON public.note USING btree (made_by_transaction);

CREATE INDEX note_order ON public.note USING btree (order_id, created_at, note_id);

CREATE TABLE order_event (
  order_id uuid NOT NULL,
  version integer NOT NULL,
  event_id uuid NOT NULL,
  status text NOT NULL,
  source text NOT NULL,
  origin text NOT NULL,
  command_id text,
  value bytea NOT NULL,
  headers jsonb NOT NULL,
  occurred_at timestamp(3) with time zone NOT NULL,
  stored_at timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL,
  made_by_transaction xid8 DEFAULT pg_current_xact_id() NOT NULL,
  CONSTRAINT order_event_pkey PRIMARY KEY (order_id, version),
  CONSTRAINT order_event_origin_check CHECK ((origin = ANY (ARRAY['local'::text, 'applied'::text]))),
  CONSTRAINT order_event_version_check CHECK ((version >= 1))
);

CREATE INDEX order_event_by_entry ON public.order_event USING btree (status, occurred_at);

CREATE INDEX order_event_by_transaction ON public.order_event USING btree (made_by_transaction);

CREATE UNIQUE INDEX order_event_command ON public.order_event USING btree (order_id, command_id) WHERE (command_id IS NOT NULL);

CREATE CONSTRAINT TRIGGER order_event_has_its_move AFTER INSERT ON public.order_event DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION order_event_has_its_move();

CREATE TRIGGER order_event_is_of_now BEFORE INSERT ON public.order_event FOR EACH ROW EXECUTE FUNCTION order_event_is_of_now();

CREATE TRIGGER order_history_is_kept BEFORE DELETE OR UPDATE OR TRUNCATE ON public.order_event FOR EACH STATEMENT EXECUTE FUNCTION order_history_is_kept();

CREATE TABLE orders (
  order_id uuid NOT NULL,
  version integer NOT NULL,
  status text NOT NULL,
  owner_id text NOT NULL,
  material text NOT NULL,
  operator_id text NOT NULL,
  price_valid_until timestamp(3) with time zone,
  snapshot jsonb NOT NULL,
  created_at timestamp(3) with time zone NOT NULL,
  updated_at timestamp(3) with time zone NOT NULL,
  CONSTRAINT orders_pkey PRIMARY KEY (order_id),
  CONSTRAINT orders_version_check CHECK ((version >= 1))
);

CREATE INDEX orders_by_creation ON public.orders USING btree (created_at, order_id);

CREATE INDEX orders_by_date ON public.orders USING btree (updated_at, order_id);

CREATE INDEX orders_by_material ON public.orders USING btree (material, status, updated_at, order_id);

CREATE INDEX orders_by_operator ON public.orders USING btree (operator_id, status, updated_at, order_id) WHERE (operator_id <> ''::text);

CREATE INDEX orders_by_owner ON public.orders USING btree (owner_id, updated_at, order_id);

CREATE INDEX orders_by_owner_and_status ON public.orders USING btree (owner_id, status, updated_at, order_id);

CREATE INDEX orders_by_status ON public.orders USING btree (status, updated_at, order_id);

CREATE INDEX orders_open ON public.orders USING btree (order_id) WHERE (status <> ALL (ARRAY['DELIVERED'::text, 'CANCELLED'::text]));

CREATE INDEX orders_priced_until ON public.orders USING btree (status, price_valid_until, order_id) WHERE (status = ANY (ARRAY['PRICED'::text, 'CONFIRMED'::text]));

CREATE TRIGGER order_history_is_kept BEFORE DELETE OR TRUNCATE ON public.orders FOR EACH STATEMENT EXECUTE FUNCTION order_history_is_kept();

CREATE TRIGGER order_move_is_legal BEFORE INSERT OR UPDATE ON public.orders FOR EACH ROW EXECUTE FUNCTION order_move_is_legal();

CREATE TABLE outbox (
  id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
  shard smallint GENERATED ALWAYS AS (((hashtextextended(key, (0)::bigint) & (7)::bigint))::smallint) STORED NOT NULL,
  topic text NOT NULL,
  key text NOT NULL,
  version bigint NOT NULL,
  value bytea NOT NULL,
  headers jsonb DEFAULT '{}'::jsonb NOT NULL,
  created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  published_at timestamp with time zone,
  kafka_partition integer,
  kafka_offset bigint,
  attempts integer DEFAULT 0 NOT NULL,
  last_error text,
  CONSTRAINT outbox_pkey PRIMARY KEY (id),
  CONSTRAINT outbox_topic_key_version UNIQUE (topic, key, version)
);

CREATE INDEX outbox_published ON public.outbox USING btree (published_at, id) WHERE (published_at IS NOT NULL);

CREATE INDEX outbox_unpublished ON public.outbox USING btree (id) WHERE (published_at IS NULL);

CREATE TABLE outbox_lease (
  shard smallint NOT NULL,
  holder text,
  epoch bigint DEFAULT 0 NOT NULL,
  expires_at timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
  CONSTRAINT outbox_lease_pkey PRIMARY KEY (shard)
);

CREATE TABLE outbox_relay (
  holder text NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  CONSTRAINT outbox_relay_pkey PRIMARY KEY (holder)
);

CREATE TABLE parked_message (
  consumer_group text NOT NULL,
  topic text NOT NULL,
  kafka_partition integer NOT NULL,
  kafka_offset bigint NOT NULL,
  key text NOT NULL,
  version bigint NOT NULL,
  value bytea NOT NULL,
  headers jsonb NOT NULL,
  parked_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  attempts integer DEFAULT 0 NOT NULL,
  next_attempt_at timestamp with time zone NOT NULL,
  CONSTRAINT parked_message_pkey PRIMARY KEY (consumer_group, topic, kafka_partition, kafka_offset)
);

CREATE INDEX parked_message_due ON public.parked_message USING btree (consumer_group, topic, next_attempt_at);

CREATE INDEX parked_message_key ON public.parked_message USING btree (consumer_group, topic, key, version);

CREATE TABLE reconcile_turn (
  subject text NOT NULL,
  holder text NOT NULL,
  expires_at timestamp with time zone NOT NULL,
  "position" jsonb,
  CONSTRAINT reconcile_turn_pkey PRIMARY KEY (subject)
);

CREATE TABLE schema_migration (
  name text NOT NULL,
  checksum text NOT NULL,
  applied_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT schema_migration_pkey PRIMARY KEY (name)
);

CREATE OR REPLACE FUNCTION public.crm_changes_since(since pg_snapshot, at_most integer, OUT seen_at text, OUT changes jsonb)
 RETURNS record
 LANGUAGE plpgsql
 STABLE
AS $function$
DECLARE
  seen pg_snapshot := pg_current_snapshot();
  later xid8 := pg_snapshot_xmax(since);
  running xid8[] := ARRAY(SELECT pg_snapshot_xip(since));
BEGIN
  seen_at := seen::text;
  IF since IS NULL OR pg_snapshot_xmax(seen) < later THEN
    RETURN;
  END IF;
  WITH moved AS (
    (SELECT order_id, version, status FROM order_event WHERE made_by_transaction >= later LIMIT at_most + 1)
    UNION ALL
    (SELECT order_id, version, status FROM order_event
     WHERE made_by_transaction = ANY (running) AND made_by_transaction < later LIMIT at_most + 1)
  ), noted AS (
    (SELECT order_id FROM note WHERE made_by_transaction >= later LIMIT at_most + 1)
    UNION ALL
    (SELECT order_id FROM note WHERE made_by_transaction = ANY (running) AND made_by_transaction < later LIMIT at_most + 1)
  ), told AS (
    SELECT jsonb_build_array(moved.order_id, orders.owner_id, before.status, moved.status) AS change
    FROM moved JOIN orders USING (order_id)
    LEFT JOIN order_event AS before ON before.order_id = moved.order_id AND before.version = moved.version - 1
    UNION ALL
    SELECT jsonb_build_array(order_id) FROM noted
  )
  SELECT CASE WHEN count(*) <= at_most THEN coalesce(jsonb_agg(change), '[]') END INTO changes FROM told;
END $function$;

CREATE OR REPLACE FUNCTION public.order_event_has_its_move()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  IF NOT EXISTS (SELECT FROM orders WHERE order_id = NEW.order_id AND version >= NEW.version) THEN
    RAISE EXCEPTION 'order %: the event of version % comes without its move', NEW.order_id, NEW.version
      USING ERRCODE = 'check_violation', CONSTRAINT = 'order_event_has_its_move';
  END IF;
  RETURN NULL;
END $function$;

CREATE OR REPLACE FUNCTION public.order_event_is_of_now()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  NEW.made_by_transaction := pg_current_xact_id();
  NEW.stored_at := clock_timestamp();
  RETURN NEW;
END $function$;

CREATE OR REPLACE FUNCTION public.order_history_is_kept()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  RAISE EXCEPTION '% on % is refused: orders and their events are kept as they were', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'check_violation', CONSTRAINT = 'order_history_is_kept';
END $function$;

CREATE OR REPLACE FUNCTION public.order_move_is_legal()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
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
      RAISE EXCEPTION 'order % cannot become order %', OLD.order_id, NEW.order_id USING ERRCODE = 'check_violation', CONSTRAINT = 'order_move_is_legal';
    END IF;
  END IF;
  IF NEW.version <> was_version + 1 THEN
    RAISE EXCEPTION 'order %: version % cannot follow version %', NEW.order_id, NEW.version, was_version USING ERRCODE = 'check_violation', CONSTRAINT = 'order_move_is_legal';
  END IF;
  SELECT holder INTO entitled FROM (VALUES
    ('', 'CREATED', 'MES'),
    ('CREATED', 'MODEL_UPLOADED', 'MES'),
    ('CREATED', 'CANCELLED', 'MES'),
    ('MODEL_UPLOADED', 'PRICED', 'MES'),
    ('MODEL_UPLOADED', 'PRICING_FAILED', 'MES'),
    ('MODEL_UPLOADED', 'CANCELLED', 'MES'),
    ('PRICING_FAILED', 'MODEL_UPLOADED', 'MES'),
    ('PRICING_FAILED', 'CANCELLED', 'MES'),
    ('PRICED', 'CONFIRMED', 'CRM'),
    ('PRICED', 'MODEL_UPLOADED', 'CRM'),
    ('PRICED', 'CANCELLED', 'CRM'),
    ('CONFIRMED', 'PAID', 'SHOP'),
    ('CONFIRMED', 'CANCELLED', 'SHOP'),
    ('PAID', 'IN_PRODUCTION', 'MES'),
    ('PAID', 'CANCELLED', 'MES'),
    ('IN_PRODUCTION', 'MANUFACTURED', 'MES'),
    ('IN_PRODUCTION', 'PAID', 'MES'),
    ('MANUFACTURED', 'PACKED', 'MES'),
    ('PACKED', 'SHIPPED', 'MES'),
    ('SHIPPED', 'DELIVERED', 'CRM')
  ) AS legal (old_status, new_status, holder) WHERE old_status = was_status AND new_status = NEW.status;
  IF entitled IS NULL THEN
    RAISE EXCEPTION 'order %: % may not become %', NEW.order_id, was_status, NEW.status USING ERRCODE = 'check_violation', CONSTRAINT = 'order_move_is_legal';
  END IF;
  SELECT origin, source, status INTO made FROM order_event
    WHERE order_id = NEW.order_id AND version = NEW.version AND made_by_transaction = pg_current_xact_id();
  IF NOT FOUND OR made.status <> NEW.status THEN
    RAISE EXCEPTION 'order %: version % has no event of this transaction', NEW.order_id, NEW.version USING ERRCODE = 'check_violation', CONSTRAINT = 'order_move_is_legal';
  END IF;
  IF made.source <> entitled OR (made.origin = 'local') <> (made.source = 'CRM') THEN
    RAISE EXCEPTION 'order %: % is held by %, but the event is by % and %',
      NEW.order_id, was_status, entitled, made.source, made.origin USING ERRCODE = 'check_violation', CONSTRAINT = 'order_move_is_legal';
  END IF;
  RETURN NEW;
END $function$;
