import { decodeAttribute } from '../../model/attribute-value.ts'

/** The value of a typed text as a label shows it: numbers as they are, lists in brackets. */
export function attributeText(typed: string): string {
  switch (typed[0]) {
    case 's':
    case 'i':
    case 'f':
    case 'b':
    case 'x':
    case 'j':
      return typed.slice(1)
    case 'S':
    case 'I':
    case 'F':
    case 'B': {
      const { value } = decodeAttribute(typed)
      return Array.isArray(value) ? `[${value.join(', ')}]` : String(value)
    }
    default:
      return typed
  }
}
