-- Purpose: let the server end this transaction where its client is gone without a word, as behind a
-- load balancer that has failed over: it holds locks that every other writer waits for.
-- Grain: none. Parameters: none. Index: none.
set local idle_in_transaction_session_timeout = '60s'
