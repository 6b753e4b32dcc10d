-- Runs once, when the PostgreSQL container first starts. Each database has an owner of its own name, and nobody else enters.
\set password `echo "$POSTGRES_PASSWORD"`

create role shop login password :'password';
create role crm login password :'password';
create role mes login password :'password';
create role products login password :'password';
create role payments login password :'password';
-- Looks at all of the server's figures, and at nobody's rows.
create role monitor login password :'password';
grant pg_monitor to monitor;
create extension pg_stat_statements;

create database shop owner shop;
create database crm owner crm;
create database mes owner mes;
create database products owner products;
create database payments owner payments;

revoke connect on database shop, crm, mes, products, payments from public;

\c shop
create extension pg_stat_statements;
\c crm
create extension pg_stat_statements;
\c mes
create extension pg_stat_statements;
\c products
create extension pg_stat_statements;
\c payments
create extension pg_stat_statements;
