import { describe, expect, it } from 'vitest'
import { parseDsn, splitDsns } from './parse-dsn.ts'
import { serverLabel } from './server-address.ts'

function read(text: string, env: Record<string, string> = {}): Record<string, unknown> {
  const { address } = parseDsn(text, { PGUSER: 'me', ...env })
  const { host, port, user, password, database, tls } = address
  return { host, port, user, password: password?.reveal(), database, tls }
}

const DEFAULTS = {
  ...{ host: 'localhost', port: 5432, user: 'me', password: undefined, database: 'me' },
  tls: 'prefer',
}

describe('a connection string', () => {
  it.each([
    ['postgresql://', {}],
    ['postgres://db', { host: 'db' }],
    [
      'postgresql://u:p@db:6432/shop?sslmode=disable',
      { ...{ host: 'db', port: 6432, user: 'u' }, password: 'p', database: 'shop', tls: 'disable' },
    ],
    ['postgresql://u:a%40b%3Ac@db', { host: 'db', user: 'u', password: 'a@b:c', database: 'u' }],
    ['postgresql://u:p@ss@db', { host: 'db', user: 'u', password: 'p@ss', database: 'u' }],
    ['postgresql://u@[::1]:6000/x', { host: '::1', port: 6000, user: 'u', database: 'x' }],
    ['postgresql:///x?host=/run/postgresql', { host: '/run/postgresql', database: 'x' }],
    ['postgresql://u@/x?host=%2Frun%2Fpg&user=v', { host: '/run/pg', user: 'v', database: 'x' }],
    ['', {}],
    ['host=/run/pg user=u dbname=x', { host: '/run/pg', user: 'u', database: 'x' }],
    [`password='it\\'s me' user = u`, { user: 'u', database: 'u', password: `it's me` }],
    ['sslmode=verify-full port=1', { port: 1, tls: 'verify-full' }],
  ])('%s', (text, expected) => {
    expect(read(text)).toEqual({ ...DEFAULTS, ...expected })
  })

  it('takes what it leaves open from the variables of libpq', () => {
    const env = { PGHOST: 'db', PGPORT: '7', PGUSER: 'u', PGPASSWORD: 'p', PGDATABASE: 'd' }
    expect(read('sslmode=require', { ...env })).toEqual({
      ...{ host: 'db', port: 7, user: 'u', password: 'p', database: 'd', tls: 'require' },
    })
  })

  it.each([
    [
      'postgresql://u:secret@db:port/x',
      'the host and port of the connection string cannot be read',
    ],
    ['postgresql://u:sec%ret@db', 'a % of the connection string'],
    ['postgresql://u:secret@a,b/x', 'several hosts'],
    ['host=a,b password=secret', 'several hosts'],
    ['password=secret port=70000', 'the port of the connection string must be'],
    ['password=secret sslmode=maybe', 'sslmode must be one of disable,'],
    ['mysql://u:secret@db', 'not a connection string: '],
    ['just a secret', 'not a connection string: '],
    [`password='secret`, 'not a connection string: '],
  ])('%s is refused without repeating it', (text, message) => {
    expect(() => parseDsn(text)).toThrow(message)
    expect(() => parseDsn(text)).not.toThrow(/sec/)
  })

  it('names parameters that have no meaning', () => {
    expect(parseDsn('host=a connect_timeout=3 binary_parameters=yes').ignored).toEqual([
      'connect_timeout',
      'binary_parameters',
    ])
  })

  it('labels a server by host and port', () => {
    expect(serverLabel(parseDsn('postgresql://u:p@db:6432/shop').address)).toBe('db:6432')
    expect(serverLabel(parseDsn('host=/run/pg').address)).toBe('/run/pg:5432')
  })

  it.each([
    ['postgresql://a,postgresql://b', ['postgresql://a', 'postgresql://b']],
    ['host=a user=b,host=c', ['host=a user=b', 'host=c']],
    ['postgresql://u:a,b@c', ['postgresql://u:a,b@c']],
    [' postgresql://a , ', ['postgresql://a ,']],
  ])('of several in %s', (text, expected) => {
    expect(splitDsns(text)).toEqual(expected)
  })
})
