import ts from 'typescript'

/**
 * What one source file imports and throws: `imports` holds `{ line, specifier, isType, isDynamic }`
 * (specifier undefined when it is computed), `bareErrors` the lines that throw a plain Error.
 */
export function sourceFacts(path, text) {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const facts = { imports: [], bareErrors: [] }
  const lineOf = (node) => source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1
  const add = (node, literal, isType, isDynamic) => {
    const specifier = literal && ts.isStringLiteralLike(literal) ? literal.text : undefined
    facts.imports.push({ line: lineOf(node), specifier, isType, isDynamic })
  }
  const visit = (node) => {
    if (ts.isImportDeclaration(node)) {
      add(node, node.moduleSpecifier, isTypeImport(node.importClause), false)
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier) {
      add(node, node.moduleSpecifier, node.isTypeOnly, false)
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node, node.argument.literal, true, false)
    } else if (ts.isCallExpression(node)) {
      if (node.expression.kind === ts.SyntaxKind.ImportKeyword) {
        add(node, node.arguments[0], false, true)
      } else if (isNamed(node.expression, 'require')) {
        add(node, node.arguments[0], false, true)
      }
    }
    if (isBareError(node)) facts.bareErrors.push(lineOf(node))
    ts.forEachChild(node, visit)
  }
  visit(source)
  return facts
}

function isTypeImport(clause) {
  if (!clause) return false
  if (clause.isTypeOnly) return true
  const named = clause.namedBindings
  return (
    !clause.name &&
    named !== undefined &&
    ts.isNamedImports(named) &&
    named.elements.length > 0 &&
    named.elements.every((element) => element.isTypeOnly)
  )
}

function isNamed(expression, name) {
  return ts.isIdentifier(expression) && expression.text === name
}

// `throw new Error(...)`, `throw Error(...)`, `reject(new Error(...))`, `Promise.reject(...)`
function isBareError(node) {
  const isError = (expression) =>
    expression !== undefined &&
    (ts.isNewExpression(expression) || ts.isCallExpression(expression)) &&
    isNamed(expression.expression, 'Error')
  if (ts.isThrowStatement(node)) return isError(node.expression)
  if (!ts.isCallExpression(node)) return false
  const callee = node.expression
  const name = ts.isPropertyAccessExpression(callee) ? callee.name.text : callee.text
  return name === 'reject' && isError(node.arguments[0])
}
