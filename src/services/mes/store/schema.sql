CREATE TABLE api_key (
  key_hash bytea NOT NULL,
  partner_id uuid NOT NULL,
  created_at timestamp(3) with time zone DEFAULT now() NOT NULL,
  revoked_at timestamp(3) with time zone,
  CONSTRAINT api_key_pkey PRIMARY KEY (key_hash),
  CONSTRAINT api_key_partner_id_fkey FOREIGN KEY (partner_id) REFERENCES partner(partner_id)
);

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

CREATE TABLE finish (
  price_book_version integer NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  rate_minor_per_dm2 bigint NOT NULL,
  CONSTRAINT finish_pkey PRIMARY KEY (price_book_version, code),
  CONSTRAINT finish_rate_minor_per_dm2_check CHECK ((rate_minor_per_dm2 >= 0)),
  CONSTRAINT finish_price_book_version_fkey FOREIGN KEY (price_book_version) REFERENCES price_book(version)
);

CREATE TABLE material (
  price_book_version integer NOT NULL,
  code text NOT NULL,
  name text NOT NULL,
  density_kg_m3 double precision NOT NULL,
  rate_minor_per_kg bigint NOT NULL,
  build_rate_mm3_per_hour double precision NOT NULL,
  CONSTRAINT material_pkey PRIMARY KEY (price_book_version, code),
  CONSTRAINT material_build_rate_mm3_per_hour_check CHECK ((build_rate_mm3_per_hour > (0)::double precision)),
  CONSTRAINT material_density_kg_m3_check CHECK ((density_kg_m3 > (0)::double precision)),
  CONSTRAINT material_rate_minor_per_kg_check CHECK ((rate_minor_per_kg >= 0)),
  CONSTRAINT material_price_book_version_fkey FOREIGN KEY (price_book_version) REFERENCES price_book(version)
);

CREATE TABLE model (
  sha256 text NOT NULL,
  size_bytes bigint NOT NULL,
  state text NOT NULL,
  touched_at timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT model_pkey PRIMARY KEY (sha256),
  CONSTRAINT model_state_check CHECK ((state = ANY (ARRAY['storing'::text, 'stored'::text])))
);

CREATE INDEX model_storing ON public.model USING btree (touched_at) WHERE (state = 'storing'::text);

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

CREATE INDEX orders_by_model ON public.orders USING btree ((((snapshot -> 'model'::text) ->> 'sha256'::text)));

CREATE INDEX orders_by_operator ON public.orders USING btree (operator_id, status, updated_at, order_id) WHERE (operator_id <> ''::text);

CREATE INDEX orders_by_owner ON public.orders USING btree (owner_id, updated_at, order_id);

CREATE INDEX orders_by_owner_and_status ON public.orders USING btree (owner_id, status, updated_at, order_id);

CREATE INDEX orders_by_status ON public.orders USING btree (status, updated_at, order_id);

CREATE INDEX orders_open ON public.orders USING btree (order_id) WHERE (status <> ALL (ARRAY['DELIVERED'::text, 'CANCELLED'::text]));

CREATE INDEX orders_priced_until ON public.orders USING btree (status, price_valid_until, order_id) WHERE (status = ANY (ARRAY['PRICED'::text, 'CONFIRMED'::text]));

CREATE TRIGGER order_history_is_kept BEFORE DELETE OR TRUNCATE ON public.orders FOR EACH STATEMENT EXECUTE FUNCTION order_history_is_kept();

CREATE TRIGGER order_move_is_legal BEFORE INSERT OR UPDATE ON public.orders FOR EACH ROW EXECUTE FUNCTION order_move_is_legal();

CREATE TRIGGER orders_webhook AFTER INSERT OR UPDATE OF version ON public.orders FOR EACH ROW WHEN (((new.snapshot #>> '{owner,kind}'::text[]) = 'OWNER_KIND_PARTNER'::text)) EXECUTE FUNCTION webhook_enqueue();

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

CREATE TABLE partner (
  partner_id uuid NOT NULL,
  name text NOT NULL,
  created_at timestamp(3) with time zone DEFAULT now() NOT NULL,
  CONSTRAINT partner_pkey PRIMARY KEY (partner_id)
);

CREATE TABLE price_book (
  version integer NOT NULL,
  currency text NOT NULL,
  machine_minor_per_hour bigint NOT NULL,
  setup_minor bigint NOT NULL,
  minimum_minor bigint NOT NULL,
  valid_from timestamp(3) with time zone DEFAULT now() NOT NULL,
  CONSTRAINT price_book_pkey PRIMARY KEY (version),
  CONSTRAINT price_book_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
  CONSTRAINT price_book_machine_minor_per_hour_check CHECK ((machine_minor_per_hour >= 0)),
  CONSTRAINT price_book_minimum_minor_check CHECK ((minimum_minor > 0)),
  CONSTRAINT price_book_setup_minor_check CHECK ((setup_minor >= 0))
);

CREATE TABLE pricing_attachment (
  order_id uuid NOT NULL,
  version integer NOT NULL,
  job_id uuid NOT NULL,
  trace jsonb NOT NULL,
  done_at timestamp(3) with time zone,
  attached_at timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pricing_attachment_pkey PRIMARY KEY (order_id, version),
  CONSTRAINT pricing_attachment_job_id_fkey FOREIGN KEY (job_id) REFERENCES pricing_job(job_id),
  CONSTRAINT pricing_attachment_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders(order_id)
);

CREATE INDEX pricing_attachment_open ON public.pricing_attachment USING btree (job_id) WHERE (done_at IS NULL);

CREATE TABLE pricing_job (
  job_id uuid DEFAULT gen_random_uuid() NOT NULL,
  model_sha256 text NOT NULL,
  model_size_bytes bigint NOT NULL,
  format text NOT NULL,
  unit text NOT NULL,
  material text NOT NULL,
  finish text NOT NULL,
  price_book_version integer NOT NULL,
  state text DEFAULT 'queued'::text NOT NULL,
  fence bigint DEFAULT 0 NOT NULL,
  tries integer DEFAULT 0 NOT NULL,
  progress double precision DEFAULT 0 NOT NULL,
  worker_id text,
  lease_until timestamp(3) with time zone,
  trace jsonb NOT NULL,
  result jsonb,
  queued_at timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL,
  finished_at timestamp(3) with time zone,
  owner_id text DEFAULT ''::text NOT NULL,
  turn bigint DEFAULT 0 NOT NULL,
  owner_kind text DEFAULT 'CUSTOMER'::text NOT NULL,
  CONSTRAINT pricing_job_pkey PRIMARY KEY (job_id),
  CONSTRAINT pricing_job_input UNIQUE (model_sha256, format, unit, material, finish, price_book_version),
  CONSTRAINT pricing_job_state_check CHECK ((state = ANY (ARRAY['idle'::text, 'queued'::text, 'running'::text, 'done'::text, 'failed'::text]))),
  CONSTRAINT pricing_job_price_book_version_fkey FOREIGN KEY (price_book_version) REFERENCES price_book(version)
);

CREATE INDEX pricing_job_leases ON public.pricing_job USING btree (lease_until) WHERE (state = 'running'::text);

CREATE INDEX pricing_job_of_partners ON public.pricing_job USING btree (job_id) WHERE ((state = 'running'::text) AND (owner_kind = 'PARTNER'::text));

CREATE INDEX pricing_job_queue ON public.pricing_job USING btree (turn, queued_at, job_id) WHERE (state = 'queued'::text);

CREATE INDEX pricing_job_queue_by_owner ON public.pricing_job USING btree (owner_id, turn) WHERE (state = 'queued'::text);

CREATE INDEX pricing_job_queue_of_customers ON public.pricing_job USING btree (turn, queued_at, job_id) WHERE ((state = 'queued'::text) AND (owner_kind = 'CUSTOMER'::text));

CREATE TABLE pricing_worker (
  worker_id text NOT NULL,
  slots integer NOT NULL,
  seen_at timestamp(3) with time zone NOT NULL,
  CONSTRAINT pricing_worker_pkey PRIMARY KEY (worker_id)
);

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

CREATE TABLE upload_day (
  tenant text NOT NULL,
  day date NOT NULL,
  bytes bigint NOT NULL,
  CONSTRAINT upload_day_pkey PRIMARY KEY (tenant, day),
  CONSTRAINT upload_day_bytes_check CHECK ((bytes >= 0))
);

CREATE TABLE webhook (
  webhook_id uuid NOT NULL,
  partner_id uuid NOT NULL,
  url text NOT NULL,
  secret text NOT NULL,
  created_at timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL,
  disabled_at timestamp(3) with time zone,
  disabled_reason text,
  deleted_at timestamp(3) with time zone,
  last_turn_at timestamp with time zone,
  CONSTRAINT webhook_pkey PRIMARY KEY (webhook_id),
  CONSTRAINT webhook_partner_id_fkey FOREIGN KEY (partner_id) REFERENCES partner(partner_id)
);

CREATE INDEX webhook_by_partner ON public.webhook USING btree (((partner_id)::text)) WHERE (deleted_at IS NULL);

CREATE TABLE webhook_attempt (
  delivery_id uuid NOT NULL,
  fence integer NOT NULL,
  attempted_at timestamp(3) with time zone NOT NULL,
  duration_ms integer NOT NULL,
  http_status integer,
  error text NOT NULL,
  answer text NOT NULL,
  CONSTRAINT webhook_attempt_pkey PRIMARY KEY (delivery_id, fence),
  CONSTRAINT webhook_attempt_delivery_id_fkey FOREIGN KEY (delivery_id) REFERENCES webhook_delivery(delivery_id)
);

CREATE TABLE webhook_delivery (
  delivery_id uuid DEFAULT gen_random_uuid() NOT NULL,
  webhook_id uuid NOT NULL,
  order_id uuid NOT NULL,
  version integer NOT NULL,
  state text DEFAULT 'pending'::text NOT NULL,
  fence integer DEFAULT 0 NOT NULL,
  tries integer DEFAULT 0 NOT NULL,
  due_at timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL,
  created_at timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL,
  pending_since timestamp(3) with time zone DEFAULT clock_timestamp() NOT NULL,
  ended_at timestamp(3) with time zone,
  CONSTRAINT webhook_delivery_pkey PRIMARY KEY (delivery_id),
  CONSTRAINT webhook_delivery_key UNIQUE (order_id, version, webhook_id),
  CONSTRAINT webhook_delivery_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'delivered'::text, 'failed'::text]))),
  CONSTRAINT webhook_delivery_webhook_id_fkey FOREIGN KEY (webhook_id) REFERENCES webhook(webhook_id)
);

CREATE INDEX webhook_delivery_by_webhook ON public.webhook_delivery USING btree (webhook_id, created_at, delivery_id);

CREATE INDEX webhook_delivery_due ON public.webhook_delivery USING btree (webhook_id, due_at, delivery_id) WHERE (state = 'pending'::text);

CREATE INDEX webhook_delivery_pending ON public.webhook_delivery USING btree (pending_since) WHERE (state = 'pending'::text);

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
  IF made.source <> entitled OR (made.origin = 'local') <> (made.source = 'MES') THEN
    RAISE EXCEPTION 'order %: % is held by %, but the event is by % and %',
      NEW.order_id, was_status, entitled, made.source, made.origin USING ERRCODE = 'check_violation', CONSTRAINT = 'order_move_is_legal';
  END IF;
  RETURN NEW;
END $function$;

CREATE OR REPLACE FUNCTION public.webhook_enqueue()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
    BEGIN
      INSERT INTO webhook_delivery (webhook_id, order_id, version)
        SELECT webhook_id, NEW.order_id, NEW.version FROM webhook
        WHERE partner_id::text = NEW.owner_id AND deleted_at IS NULL AND disabled_at IS NULL
        ON CONFLICT ON CONSTRAINT webhook_delivery_key DO NOTHING;
      RETURN NULL;
    END $function$;
