import { describe, expect, it } from 'vitest'
import { readInsertPrefix, readStatement } from './sql-text.ts'

const latin1 = (text: string): string => Buffer.from(text).toString('latin1')
const read = (text: string): ReturnType<typeof readStatement> => readStatement(latin1(text))

describe('readStatement', () => {
  it.each([
    ['SELECT 1', 'read', true],
    ['  /* a */ (SELECT 1) UNION ALL (SELECT 2)', 'read', true],
    ['WITH 1 AS x SELECT x', 'read', true],
    ['FROM t SELECT a', 'read', true],
    ['show tables', 'read', false],
    ['EXPLAIN PIPELINE SELECT 1', 'read', false],
    ['EXPLAIN INSERT INTO t SELECT 1', 'read', false],
    ['CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a', 'write', false],
    ['SYSTEM STOP MERGES', 'write', false],
    ['INSERT INTO t SELECT 1', 'write', false],
    ['INSERT INTO t (SELECT 1)', 'write', false],
    ["INSERT INTO FUNCTION null('a UInt8') SELECT 1", 'write', false],
    ['WITH 1 AS x INSERT INTO t SELECT x', 'write', false],
    ['SET max_threads = 1', 'scoped', false],
    ['USE o', 'scoped', false],
    ['CREATE TEMPORARY TABLE t (a UInt8)', 'scoped', false],
    ['KILL QUERY WHERE 1', 'kill', false],
  ])('%s', (sql, kind, streams) => {
    expect(read(sql)).toMatchObject({ kind, streams })
  })

  it.each([
    ['SELECT 1 FORMAT JSON', 'SELECT 1 ', 'JSON', ''],
    [
      "SELECT 'FORMAT x' AS a FORMAT TSV SETTINGS a = 1;",
      "SELECT 'FORMAT x' AS a ",
      'TSV',
      ' SETTINGS a = 1',
    ],
    ['SELECT 1 SETTINGS a = 1 FORMAT Native -- end', 'SELECT 1 SETTINGS a = 1 ', 'Native', ''],
    ['SELECT format FROM t', 'SELECT format FROM t', undefined, ''],
    ['SELECT 1 AS format', 'SELECT 1 AS format', undefined, ''],
    ["SELECT 'ü' -- end", "SELECT 'ü'", undefined, ''],
  ])('takes the format out of %j', (sql, before, format, tail) => {
    expect(read(sql)).toMatchObject({ sql: before, format, tail })
  })

  it('makes every KILL asynchronous', () => {
    expect(read("KILL QUERY WHERE query_id = 'SYNC' SYNC")).toMatchObject({
      sql: "KILL QUERY WHERE query_id = 'SYNC' ASYNC",
    })
    expect(read('KILL MUTATION WHERE 1 sync')).toMatchObject({ sql: 'KILL MUTATION WHERE 1 ASYNC' })
    expect(read('KILL QUERY WHERE 1 TEST')).toMatchObject({ sql: 'KILL QUERY WHERE 1 TEST' })
  })

  it.each([
    [
      'INSERT INTO t FORMAT CSV\n1,2',
      { target: 't', columns: undefined, settings: undefined, format: 'CSV' },
      '1,2',
    ],
    [
      'INSERT INTO TABLE `d b`.`t` (a, `b)`) VALUES (1)',
      { target: '`d b`.`t`', columns: 'a, `b)`', format: 'Values' },
      ' (1)',
    ],
    [
      'insert into {d:Identifier}.{t:Identifier} format TSV \t\r\n\n;',
      { target: '{d:Identifier}.{t:Identifier}', format: 'TSV' },
      '\n;',
    ],
    [
      "INSERT INTO t (* EXCEPT (a)) SETTINGS x = 1, y = 'FORMAT' -- c\n FORMAT Native a",
      { columns: '* EXCEPT (a)', settings: "x = 1, y = 'FORMAT'" },
      'a',
    ],
    ['INSERT INTO t FORMAT JSONEachRow {"ü":1}', { format: 'JSONEachRow' }, '{"ü":1}'],
    [
      "INSERT INTO t (a) SELECT a FROM input('a UInt8') WHERE a FORMAT CSV\n1",
      {
        columns: 'a',
        select: { before: 'SELECT a FROM ', structure: "'a UInt8'", after: ' WHERE a' },
        format: 'CSV',
      },
      '1',
    ],
  ])('finds the parts and the rows of %j', (sql, parts, rows) => {
    const text = latin1(sql)
    const statement = readStatement(text)
    const start = statement.kind === 'insert' ? statement.dataStart : 0
    expect(statement).toMatchObject({ kind: 'insert', ...parts })
    expect(Buffer.from(text.slice(start), 'latin1').toString()).toBe(rows)
  })

  it.each([
    ['', 'the query is empty'],
    ['selec 1', 'a statement cannot begin with "selec"'],
    ['SELECT 1; SELECT 2', 'Multi-statements are not allowed'],
    ["SELECT 'a", 'the quote at byte 7 is not closed'],
    ['SELECT "a\\"', 'the quote at byte 7 is not closed'],
    ['SELECT 1 /* /* */', 'the comment at byte 9 is not closed'],
    ['SELECT $$a$$', 'dollar-quoted text is not supported'],
    ['SELECT “a”', 'a typographic quote at byte 7'],
    ['SELECT 1 \\G', 'unexpected character code 92'],
    ['SELECT 1\0', 'unexpected character code 0'],
    ["SELECT 1 INTO OUTFILE 'x'", 'INTO OUTFILE is not allowed'],
    ["INSERT INTO t FROM INFILE 'x' FORMAT CSV", 'FROM INFILE is not allowed'],
    ['INSERT INTO t', 'INSERT needs VALUES, FORMAT or SELECT'],
    ['INSERT INTO t (a', 'the column list of the INSERT is not closed'],
    ['INSERT INTO t (a; DROP TABLE x) VALUES (1)', 'the column list of the INSERT is not closed'],
    ["INSERT INTO t SELECT * FROM input('a UInt8')", 'input() needs'],
    ['INSERT INTO t SELECT * FROM input(x) FORMAT CSV', 'input() takes one quoted structure'],
    ['INSERT INTO t WATCH v', 'instead of VALUES, FORMAT or SELECT'],
    ['WITH 1 AS x INSERT INTO t VALUES (1)', 'cannot be combined with an INSERT that carries rows'],
    ['SYSTEM SHUTDOWN', 'SYSTEM SHUTDOWN is not allowed'],
  ])('refuses %j: %s', (sql, message) => {
    expect(() => read(sql)).toThrow(message)
  })
})

describe('readInsertPrefix', () => {
  it('waits until it is certain where the rows begin', () => {
    const text = "INSERT INTO t (a, b) SETTINGS x = 'FORMAT Y z' FORMAT CSV \n1,2\n"
    const rows = text.indexOf('1,2')
    for (let cut = 0; cut <= text.length; cut++) {
      const found = readInsertPrefix(text.slice(0, cut), false)
      const expected = cut > rows ? ['CSV', rows] : [undefined, undefined]
      expect([found?.format, found?.dataStart]).toEqual(expected)
    }
    expect(readInsertPrefix('INSERT INTO t FORMAT CSV', true)?.dataStart).toBe(24)
    expect(readInsertPrefix('SELECT 1', true)).toBeUndefined()
  })
})
