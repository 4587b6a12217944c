--
-- PostgreSQL database dump
--

\restrict iOl7IJB2ooYchVSotsCh8YiSGamtxCPqRa7ab5kd0e50O2Vn7UqvnTtXGTa91V4

-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: customers; Type: TABLE; Schema: public; Owner: shop_owner
--

CREATE TABLE public.customers (
    id integer NOT NULL,
    name text NOT NULL
);


ALTER TABLE public.customers OWNER TO shop_owner;

--
-- Name: customers_id_seq; Type: SEQUENCE; Schema: public; Owner: shop_owner
--

ALTER TABLE public.customers ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.customers_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: orders; Type: TABLE; Schema: public; Owner: shop_owner
--

CREATE TABLE public.orders (
    id integer NOT NULL,
    customer integer NOT NULL,
    total numeric(10,2) NOT NULL
);


ALTER TABLE public.orders OWNER TO shop_owner;

--
-- Name: orders_id_seq; Type: SEQUENCE; Schema: public; Owner: shop_owner
--

ALTER TABLE public.orders ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.orders_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: spent; Type: VIEW; Schema: public; Owner: shop_owner
--

CREATE VIEW public.spent AS
 SELECT customers.name,
    sum(orders.total) AS total
   FROM (public.customers
     JOIN public.orders ON ((orders.customer = customers.id)))
  GROUP BY customers.name;


ALTER TABLE public.spent OWNER TO shop_owner;

--
-- Data for Name: customers; Type: TABLE DATA; Schema: public; Owner: shop_owner
--

COPY public.customers (id, name) FROM stdin;
1	Ada
2	Grace
\.


--
-- Data for Name: orders; Type: TABLE DATA; Schema: public; Owner: shop_owner
--

COPY public.orders (id, customer, total) FROM stdin;
1	1	12.50
2	1	30.00
3	2	8.25
\.


--
-- Name: customers_id_seq; Type: SEQUENCE SET; Schema: public; Owner: shop_owner
--

SELECT pg_catalog.setval('public.customers_id_seq', 2, true);


--
-- Name: orders_id_seq; Type: SEQUENCE SET; Schema: public; Owner: shop_owner
--

SELECT pg_catalog.setval('public.orders_id_seq', 3, true);


--
-- Name: customers customers_pkey; Type: CONSTRAINT; Schema: public; Owner: shop_owner
--

ALTER TABLE ONLY public.customers
    ADD CONSTRAINT customers_pkey PRIMARY KEY (id);


--
-- Name: orders orders_pkey; Type: CONSTRAINT; Schema: public; Owner: shop_owner
--

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_pkey PRIMARY KEY (id);


--
-- Name: orders orders_customer_fkey; Type: FK CONSTRAINT; Schema: public; Owner: shop_owner
--

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_customer_fkey FOREIGN KEY (customer) REFERENCES public.customers(id);


--
-- Name: TABLE spent; Type: ACL; Schema: public; Owner: shop_owner
--

GRANT SELECT ON TABLE public.spent TO reporting;


--
-- PostgreSQL database dump complete
--

\unrestrict iOl7IJB2ooYchVSotsCh8YiSGamtxCPqRa7ab5kd0e50O2Vn7UqvnTtXGTa91V4

