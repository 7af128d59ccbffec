import { type ProtoReader, WIRE_BYTES } from '../proto-reader.ts'

/** Where a part of a page stands; both are 0 where there is none. */
export interface Part {
  start: number
  end: number
}

/** Enters a message or text inside, and returns where it ends; the reader stands at its beginning. */
export function enter(reader: ProtoReader, wire: number, end: number, what: string): number {
  reader.expect(wire, WIRE_BYTES, what)
  return reader.delimited(end)
}

/** Notes where a message or text inside stands, and steps over it. */
export function note(
  reader: ProtoReader,
  wire: number,
  end: number,
  what: string,
  into: Part,
): void {
  into.end = enter(reader, wire, end, what)
  into.start = reader.position
  reader.position = into.end
}

export function forget(part: Part): void {
  part.start = 0
  part.end = 0
}
