-- The shop's tables. Applying this file twice changes nothing.

CREATE TABLE IF NOT EXISTS products (
    sku             text PRIMARY KEY,
    shelf_position  integer NOT NULL,
    name            text NOT NULL,
    category        text NOT NULL,
    parent_category text NOT NULL,
    price_cents     bigint NOT NULL CHECK (price_cents > 0),
    words           tsvector GENERATED ALWAYS AS
                    (to_tsvector('english'::regconfig, name || ' ' || category)) STORED
);
-- Without a pending list, which would make the planner shun the index until a vacuum.
CREATE INDEX IF NOT EXISTS products_words ON products USING gin (words) WITH (fastupdate = off);
CREATE INDEX IF NOT EXISTS products_category ON products (category, shelf_position);
CREATE INDEX IF NOT EXISTS products_parent ON products (parent_category, shelf_position);

CREATE TABLE IF NOT EXISTS accounts (
    user_name     text PRIMARY KEY,
    tier          text NOT NULL,
    last_login_at timestamptz NOT NULL DEFAULT now()
);

-- order_id and ticket are one to one; a row's sale_id tells which sale of the SKU it belongs to,
-- so that an order event that outlives its sale is never counted in the next one.
CREATE TABLE IF NOT EXISTS orders (
    order_id        text PRIMARY KEY,
    ticket          text NOT NULL UNIQUE,
    idempotency_key text NOT NULL,
    sale_id         bigint NOT NULL,
    user_name       text NOT NULL,
    sku             text NOT NULL,
    quantity        integer NOT NULL CHECK (quantity > 0),
    total_cents     bigint NOT NULL CHECK (total_cents >= 0),
    state           text NOT NULL DEFAULT 'awaiting_payment' CHECK (state IN (
                        'awaiting_payment', 'paid', 'awaiting_shipment', 'shipped', 'received',
                        'completed', 'cancelled', 'abnormal')),
    created_at      timestamptz NOT NULL DEFAULT now(),
    paid_at         timestamptz
);
CREATE INDEX IF NOT EXISTS orders_sale ON orders (sku, sale_id);

CREATE TABLE IF NOT EXISTS payments (
    payment_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id     text NOT NULL REFERENCES orders ON DELETE CASCADE,
    channel      text NOT NULL,
    state        text NOT NULL CHECK (state IN ('succeeded', 'declined')),
    amount_cents bigint NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS payments_order ON payments (order_id);
-- An order is paid once, whatever the processes do.
CREATE UNIQUE INDEX IF NOT EXISTS payments_once ON payments (order_id) WHERE state = 'succeeded';
