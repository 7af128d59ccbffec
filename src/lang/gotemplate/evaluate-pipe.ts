import type {
  ChainNode,
  CommandNode,
  IdentifierNode,
  NumberNode,
  Operand,
  PipeNode,
} from './ast.ts'
import { BUILTINS } from './builtins.ts'
import type { GoFunction, Param } from './function.ts'
import { anything } from './function.ts'
import { printOperand } from './print-node.ts'
import type { Scope } from './scope.ts'
import type { GoValue } from './value.ts'
import { GoMap, GoStruct, isTrue, typeNameOf } from './value.ts'

/** What the command before gave, as the last argument of the next; a box, because nil is a value too. */
type Final = { readonly value: GoValue } | undefined

/** The value of a pipeline; its variables are declared or assigned. */
export function evaluatePipe(scope: Scope, dot: GoValue, pipe: PipeNode): GoValue {
  scope.evaluation.at(pipe)
  let final: Final
  for (const command of pipe.commands) {
    final = { value: evaluateCommand(scope, dot, command, final) }
  }
  const value = final?.value
  for (const name of pipe.declared) {
    if (pipe.isAssignment) scope.assign(name, value)
    else scope.declare(name, value)
  }
  return value
}

function evaluateCommand(scope: Scope, dot: GoValue, command: CommandNode, final: Final): GoValue {
  const [first] = command.args
  switch (first.kind) {
    case 'field':
      scope.evaluation.at(first)
      return followPath(scope, dot, dot, first, first.path, command.args, final)
    case 'chain':
      return evaluateChain(scope, dot, first, command.args, final)
    case 'identifier':
      return evaluateFunction(scope, dot, first, command, command.args, final)
    case 'pipe':
      refuseArguments(scope, command.args, final)
      return evaluatePipe(scope, dot, first)
    case 'variable': {
      scope.evaluation.at(first)
      const value = scope.get(first.name)
      if (first.path.length > 0) {
        return followPath(scope, dot, value, first, first.path, command.args, final)
      }
      refuseArguments(scope, command.args, final)
      return value
    }
    default:
      break
  }
  scope.evaluation.at(first)
  refuseArguments(scope, command.args, final)
  switch (first.kind) {
    case 'dot':
      return dot
    case 'nil':
      throw scope.evaluation.fault('nil is not a command')
    case 'bool':
    case 'string':
      return first.value
    case 'number':
      return constantOf(scope, first)
    default:
      return first satisfies never
  }
}

function refuseArguments(scope: Scope, args: readonly Operand[], final: Final): void {
  const [first] = args
  if (first && (args.length > 1 || final)) {
    throw scope.evaluation.fault(`can't give argument to non-function ${printOperand(first)}`)
  }
}

/** A number where nothing asks for a type: a float when it is written as one, else an int. */
function constantOf(scope: Scope, node: NumberNode): GoValue {
  scope.evaluation.at(node)
  const isHex = /^[+-]?0[xX]/.test(node.text)
  const looksFloat = isHex ? /[pP]/.test(node.text) : /[.eE]/.test(node.text)
  if (looksFloat && !node.text.startsWith("'")) return node.float
  if (node.int === undefined) throw scope.evaluation.fault(`${node.text} overflows int`)
  return node.int
}

function evaluateChain(
  scope: Scope,
  dot: GoValue,
  chain: ChainNode,
  args: readonly Operand[],
  final: Final,
): GoValue {
  scope.evaluation.at(chain)
  const receiver = evaluateArgument(scope, dot, anything, chain.node)
  return followPath(scope, dot, receiver, chain, chain.path, args, final)
}

/** `.A.B` from a value on; the arguments are those of the last name. */
function followPath(
  scope: Scope,
  dot: GoValue,
  from: GoValue,
  node: Operand,
  path: readonly string[],
  args: readonly Operand[],
  final: Final,
): GoValue {
  let receiver = from
  const last = path.length - 1
  for (let i = 0; i < last; i++) {
    receiver = evaluateField(scope, dot, receiver, path[i] as string, node, [], undefined)
  }
  return evaluateField(scope, dot, receiver, path[last] as string, node, args, final)
}

/** One name on a value: a method, a field of a struct, or a key of a map. */
function evaluateField(
  scope: Scope,
  dot: GoValue,
  receiver: GoValue,
  name: string,
  node: Operand,
  args: readonly Operand[],
  final: Final,
): GoValue {
  const { evaluation, set } = scope
  if (receiver === undefined) {
    if (set.missingKey !== 'error') return undefined
    throw evaluation.fault(`nil data; no entry for key "${name}"`)
  }
  if (typeof receiver === 'object') {
    const method = receiver.method(name)
    if (method) return evaluateCall(scope, dot, method, node, name, args, final)
    const hasArguments = args.length > 1 || final !== undefined
    if (receiver instanceof GoStruct && Object.hasOwn(receiver.fields, name)) {
      if (!hasArguments) return receiver.fields[name]
      throw evaluation.fault(`${name} has arguments but cannot be invoked as function`)
    }
    if (receiver instanceof GoMap) {
      if (hasArguments) throw evaluation.fault(`${name} is not a method but has arguments`)
      return keyOfMap(scope, receiver, name)
    }
  }
  throw evaluation.fault(`can't evaluate field ${name} in type ${typeNameOf(receiver)}`)
}

function keyOfMap(scope: Scope, map: GoMap, name: string): GoValue {
  const value = map.source.get(name)
  if (value !== undefined || map.source.has(name)) return value
  switch (scope.set.missingKey) {
    case 'default':
      return undefined
    case 'zero':
      return map.zero
    case 'error':
      throw scope.evaluation.fault(`map has no entry for key "${name}"`)
    default:
      return scope.set.missingKey satisfies never
  }
}

function evaluateFunction(
  scope: Scope,
  dot: GoValue,
  node: IdentifierNode,
  whole: CommandNode | IdentifierNode,
  args: readonly Operand[],
  final: Final,
): GoValue {
  scope.evaluation.at(node)
  const { name } = node
  const own = scope.set.functions.get(name)
  if (!own && (name === 'and' || name === 'or')) {
    return evaluateLogic(scope, dot, name, args, final)
  }
  const callee = own ?? BUILTINS.get(name)
  if (!callee) throw scope.evaluation.fault(`"${name}" is not a defined function`)
  return evaluateCall(scope, dot, callee, whole, name, args, final)
}

/** `and` and `or` stop at the argument that decides; what comes after is not evaluated. */
function evaluateLogic(
  scope: Scope,
  dot: GoValue,
  name: 'and' | 'or',
  args: readonly Operand[],
  final: Final,
): GoValue {
  const given = args.length - 1 + (final ? 1 : 0)
  if (given < 1) {
    throw scope.evaluation.fault(`wrong number of args for ${name}: want at least 1 got 0`)
  }
  let value: GoValue
  for (const arg of args.slice(1)) {
    value = evaluateArgument(scope, dot, anything, arg)
    if (isTrue(value) === (name === 'or')) return value
  }
  return final ? final.value : value
}

/** `args` begin with the function itself. */
function evaluateCall(
  scope: Scope,
  dot: GoValue,
  callee: GoFunction,
  node: CommandNode | Operand,
  name: string,
  args: readonly Operand[],
  final: Final,
): GoValue {
  const { evaluation } = scope
  const given = Math.max(args.length - 1, 0)
  const count = given + (final ? 1 : 0)
  const { params, rest } = callee
  if (rest ? count < params.length : count !== params.length) {
    const want = rest ? `at least ${params.length} got ${given}` : `${params.length} got ${count}`
    throw evaluation.fault(`wrong number of args for ${name}: want ${want}`)
  }
  const values: GoValue[] = []
  for (let i = 0; i < given; i++) {
    const param = params[i] ?? rest ?? anything
    values.push(evaluateArgument(scope, dot, param, args[i + 1] as Operand))
  }
  if (final) values.push(checkType(scope, final.value, params[given] ?? rest ?? anything))
  return evaluation.call(name, callee, values, node)
}

function evaluateArgument(scope: Scope, dot: GoValue, param: Param, node: Operand): GoValue {
  scope.evaluation.at(node)
  switch (node.kind) {
    case 'dot':
      return checkType(scope, dot, param)
    case 'nil':
      if (param.nilable) return undefined
      throw scope.evaluation.fault(`cannot assign nil to ${param.name}`)
    case 'field':
      return checkType(scope, followPath(scope, dot, dot, node, node.path, [], undefined), param)
    case 'variable': {
      const value = scope.get(node.name)
      if (node.path.length === 0) return checkType(scope, value, param)
      const found = followPath(scope, dot, value, node, node.path, [], undefined)
      return checkType(scope, found, param)
    }
    case 'pipe':
      return checkType(scope, evaluatePipe(scope, dot, node), param)
    case 'identifier': {
      const value = evaluateFunction(scope, dot, node, node, [], undefined)
      return checkType(scope, value, param)
    }
    case 'chain':
      return checkType(scope, evaluateChain(scope, dot, node, [], undefined), param)
    case 'bool':
    case 'string':
    case 'number':
      return literalFor(scope, param, node)
    default:
      return node satisfies never
  }
}

/** A literal as the parameter's type; Go converts constants, and nothing else. */
function literalFor(
  scope: Scope,
  param: Param,
  node: Extract<Operand, { kind: 'bool' | 'string' | 'number' }>,
): GoValue {
  if (param.literal === 'any') return node.kind === 'number' ? constantOf(scope, node) : node.value
  if (param.literal === 'none') {
    throw scope.evaluation.fault(`can't handle ${printOperand(node)} for arg of type ${param.name}`)
  }
  if (param.literal === 'float' && node.kind === 'number' && node.float !== undefined) {
    return node.float
  }
  if (param.literal === 'int' && node.kind === 'number' && node.int !== undefined) {
    return param.convert ? param.convert(node.int) : node.int
  }
  if (param.literal === node.kind) return node.value
  const expected = param.literal === 'int' ? 'integer' : param.literal
  throw scope.evaluation.fault(`expected ${expected}; found ${printOperand(node)}`)
}

function checkType(scope: Scope, value: GoValue, param: Param): GoValue {
  if (param.accepts(value)) return value
  if (value === undefined) {
    if (param.nilable) return undefined
    throw scope.evaluation.fault(`invalid value; expected ${param.name}`)
  }
  throw scope.evaluation.fault(
    `wrong type for value; expected ${param.name}; got ${typeNameOf(value)}`,
  )
}
