import { anyText } from './any-value.ts'

/** The text that a label has for an attribute's typed text (model/attribute-value.ts): what OpenTelemetry's `AsString` writes. */
export function attributeString(typed: string): string {
  const text = typed.slice(1)
  switch (typed[0]) {
    case 'f':
      return anyText(Number(text))
    case 'I':
    case 'F':
    case 'B':
      return `[${text}]`
    default:
      return text
  }
}
