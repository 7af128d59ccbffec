import { describe, expect, it } from 'vitest'
import { startFake } from './testing/start-fake.ts'

describe('expressions', () => {
  it('are formatted and parsed', async () => {
    const { get } = startFake()
    const formatted = await get('/api/v1/format_query?query=sum+by%28x%29%28up%29')
    expect(formatted.json()).toEqual({ status: 'success', data: 'sum by (x) (up)' })
    const parsed = await get('/api/v1/parse_query?query=1')
    expect(parsed.json()).toEqual({ status: 'success', data: { type: 'numberLiteral', val: '1' } })
    const bad = await get('/api/v1/parse_query?query=up%7B')
    expect(bad.statusCode).toBe(400)
    expect(bad.payload).toContain(String.raw`invalid parameter \"query\": 1:4: parse error: `)
  })
})
