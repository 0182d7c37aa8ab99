CREATE FUNCTION zerobay_append_only() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$;
CREATE TABLE zerobay_imports (
    number integer NOT NULL,
    imported_at text,
    operator text,
    reporter_option text,
    file_name text,
    file_sha256 text,
    rows_in_import integer,
    rows_sha256 text
);
CREATE TABLE zerobay_observations (
    number integer NOT NULL,
    "row" integer NOT NULL,
    indicator integer,
    period text,
    value double precision,
    unit text,
    status text,
    qualifier text,
    published date,
    period_type text,
    comparability text,
    reporter text,
    source text,
    caveat text,
    written text,
    measure text,
    geography text,
    observation text,
    period_end date,
    period_end_inferred boolean,
    basis text,
    role text,
    "group" text,
    role_reason text,
    conflict text,
    conflict_note text,
    synthetic boolean,
    published_inferred boolean,
    known_from date,
    place text
);
INSERT INTO zerobay_imports VALUES (1, '2026-11-27T10:39:53+00:00', '张三', NULL, 'first.csv', '7ac62b99f965fe52e3097ec5cb474e8c173c38c0f8f7d8f2d35c5453781e3cc3', 3, 'eb827b9e3c0f417996d07d992d4a68fe4a83356acf3c75babab5366df8743148');
INSERT INTO zerobay_imports VALUES (2, '2026-11-27T10:39:57+00:00', '李四', NULL, 'second.csv', '6018a4a46f297f801c3992f241aa3df22603c84e72bc1058f11785a5c4c47ed4', 2, '66871038fd87969445bb93d751f5323dc1e8c96e22013d8ce39bc5afbe6a93d9');
INSERT INTO zerobay_observations VALUES (1, 1, 7, '2024', 131, '家', 'valid', NULL, '2025-02-10', NULL, 'direct', '大零号湾集团', NULL, '含逗号,引号"和说明', NULL, '估值过亿元企业', '大零号湾', 'row2', '2024-12-31', false, 'stock', 'own', NULL, NULL, NULL, NULL, false, false, '2026-11-27', '第2行');
INSERT INTO zerobay_observations VALUES (1, 2, 7, '2025', 139, '家', 'valid', '约', '2026-02-10', NULL, 'direct', '大零号湾集团', NULL, NULL, NULL, '估值过亿元企业', '大零号湾', 'row3', '2025-12-31', false, 'stock', 'own', NULL, NULL, NULL, NULL, false, false, '2026-11-27', '第3行');
INSERT INTO zerobay_observations VALUES (1, 3, 9, '2025', 86.5, '亿元', 'valid', '超', '2026-01-20', NULL, 'direct', '闵金投公司', NULL, NULL, NULL, '累计集聚基金规模', '大零号湾', 'row4', '2025-12-31', false, 'cumulative', 'own', NULL, NULL, NULL, NULL, false, false, '2026-11-27', '第4行');
INSERT INTO zerobay_observations VALUES (2, 1, 7, '2025', 141, '家', 'valid', NULL, '2026-03-10', NULL, 'direct', '大零号湾集团', NULL, '修订', NULL, '估值过亿元企业', '大零号湾', 'row2', '2025-12-31', false, 'stock', 'own', NULL, NULL, NULL, NULL, false, false, '2026-11-27', '第2行');
INSERT INTO zerobay_observations VALUES (2, 2, 9, '2025', NULL, '亿元', 'withdrawn', NULL, '2026-03-01', NULL, 'direct', '闵金投公司', NULL, NULL, NULL, '累计集聚基金规模', '大零号湾', 'row3', '2025-12-31', false, 'cumulative', 'own', NULL, NULL, NULL, NULL, false, false, '2026-11-27', '第3行');
ALTER TABLE ONLY zerobay_imports
    ADD CONSTRAINT zerobay_imports_pkey PRIMARY KEY (number);
ALTER TABLE ONLY zerobay_observations
    ADD CONSTRAINT zerobay_observations_pkey PRIMARY KEY (number, "row");
CREATE TRIGGER zerobay_imports_no_delete BEFORE DELETE ON zerobay_imports FOR EACH STATEMENT EXECUTE FUNCTION zerobay_append_only();
CREATE TRIGGER zerobay_imports_no_truncate BEFORE TRUNCATE ON zerobay_imports FOR EACH STATEMENT EXECUTE FUNCTION zerobay_append_only();
CREATE TRIGGER zerobay_imports_no_update BEFORE UPDATE ON zerobay_imports FOR EACH STATEMENT EXECUTE FUNCTION zerobay_append_only();
CREATE TRIGGER zerobay_observations_no_delete BEFORE DELETE ON zerobay_observations FOR EACH STATEMENT EXECUTE FUNCTION zerobay_append_only();
CREATE TRIGGER zerobay_observations_no_truncate BEFORE TRUNCATE ON zerobay_observations FOR EACH STATEMENT EXECUTE FUNCTION zerobay_append_only();
CREATE TRIGGER zerobay_observations_no_update BEFORE UPDATE ON zerobay_observations FOR EACH STATEMENT EXECUTE FUNCTION zerobay_append_only();
ALTER TABLE ONLY zerobay_observations
    ADD CONSTRAINT zerobay_observations_number_fkey FOREIGN KEY (number) REFERENCES zerobay_imports(number);
