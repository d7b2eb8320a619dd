-- Run once, by the PostgreSQL image, in an empty volume: one role and one database per service, which no other may open.

\getenv orders_password ORDERS_DATABASE_PASSWORD
\getenv carrier_adapter_password CARRIER_ADAPTER_DATABASE_PASSWORD
\getenv deadline_watcher_password DEADLINE_WATCHER_DATABASE_PASSWORD
\getenv notifier_password NOTIFIER_DATABASE_PASSWORD

CREATE ROLE orders LOGIN NOINHERIT PASSWORD :'orders_password';
CREATE ROLE carrier_adapter LOGIN NOINHERIT PASSWORD :'carrier_adapter_password';
CREATE ROLE deadline_watcher LOGIN NOINHERIT PASSWORD :'deadline_watcher_password';
CREATE ROLE notifier LOGIN NOINHERIT PASSWORD :'notifier_password';

CREATE DATABASE orders OWNER orders;
CREATE DATABASE carrier_adapter OWNER carrier_adapter;
CREATE DATABASE deadline_watcher OWNER deadline_watcher;
CREATE DATABASE notifier OWNER notifier;

-- An owner keeps its own rights; everybody else has none, on the image's own databases neither.
REVOKE ALL ON DATABASE orders, carrier_adapter, deadline_watcher, notifier, postgres, template1 FROM PUBLIC;
