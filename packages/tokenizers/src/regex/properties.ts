// Names of character properties as Oniguruma knows them (any case, spaces, hyphens and underscores ignored),
// as JavaScript knows them.

const categories =
  'C Cc Cf Cn Co Cs L LC Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps S Sc Sk Sm So Z Zl Zp Zs'

const longCategories: readonly [string, string][] = [
  ['other', 'C'],
  ['control', 'Cc'],
  ['format', 'Cf'],
  ['unassigned', 'Cn'],
  ['privateuse', 'Co'],
  ['surrogate', 'Cs'],
  ['letter', 'L'],
  ['casedletter', 'LC'],
  ['lowercaseletter', 'Ll'],
  ['modifierletter', 'Lm'],
  ['otherletter', 'Lo'],
  ['titlecaseletter', 'Lt'],
  ['uppercaseletter', 'Lu'],
  ['mark', 'M'],
  ['combiningmark', 'M'],
  ['spacingmark', 'Mc'],
  ['enclosingmark', 'Me'],
  ['nonspacingmark', 'Mn'],
  ['number', 'N'],
  ['decimalnumber', 'Nd'],
  ['letternumber', 'Nl'],
  ['othernumber', 'No'],
  ['punctuation', 'P'],
  ['connectorpunctuation', 'Pc'],
  ['dashpunctuation', 'Pd'],
  ['closepunctuation', 'Pe'],
  ['finalpunctuation', 'Pf'],
  ['initialpunctuation', 'Pi'],
  ['otherpunctuation', 'Po'],
  ['openpunctuation', 'Ps'],
  ['symbol', 'S'],
  ['currencysymbol', 'Sc'],
  ['modifiersymbol', 'Sk'],
  ['mathsymbol', 'Sm'],
  ['othersymbol', 'So'],
  ['separator', 'Z'],
  ['lineseparator', 'Zl'],
  ['paragraphseparator', 'Zp'],
  ['spaceseparator', 'Zs'],
]

/** Members of a class body in JavaScript's syntax. */
// Oniguruma counts superscript digits and fractions of Latin-1 as word characters, those elsewhere not.
export const word = '\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\u{b2}\\u{b3}\\u{b9}\\u{bc}\\u{bd}\\u{be}'
export const space = '\\p{White_Space}'
export const digit = '\\p{Nd}'
export const hex = '0-9A-Fa-f'

// POSIX names, in brackets ([[:alpha:]]) and as properties (\p{Alpha}), with Oniguruma's Unicode meaning.
const posix: readonly [string, string][] = [
  ['alnum', '\\p{Alphabetic}\\p{Nd}'],
  ['alpha', '\\p{Alphabetic}'],
  ['ascii', '\\u{0}-\\u{7f}'],
  ['any', '\\p{Any}'],
  ['blank', '\\p{Zs}\\t'],
  ['cntrl', '\\p{Cc}'],
  ['digit', digit],
  ['graph', '[^\\p{White_Space}\\p{Cc}\\p{Cn}\\p{Cs}]'],
  ['lower', '\\p{Lowercase}'],
  ['print', '[^\\p{Cc}\\p{Cn}\\p{Cs}\\p{Zl}\\p{Zp}]'],
  ['punct', '\\p{P}\\p{S}'],
  ['space', space],
  ['upper', '\\p{Uppercase}'],
  ['word', '\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}'],
  ['xdigit', hex],
]

const binary =
  'Alphabetic ASCII_Hex_Digit Bidi_Control Case_Ignorable Cased Dash Default_Ignorable_Code_Point Deprecated Diacritic ' +
  'Emoji Emoji_Component Emoji_Modifier Emoji_Modifier_Base Emoji_Presentation Extended_Pictographic Extender ' +
  'Grapheme_Base Grapheme_Extend Hex_Digit ID_Continue ID_Start Ideographic Join_Control Lowercase Math ' +
  'Noncharacter_Code_Point Pattern_Syntax Pattern_White_Space Quotation_Mark Radical Regional_Indicator Soft_Dotted ' +
  'Unified_Ideograph Uppercase Variation_Selector White_Space XID_Continue XID_Start'

const fold = (name: string) => name.toLowerCase().replaceAll(/[\s_-]/g, '')

const known = new Map<string, string>([
  ...binary.split(' ').map((name): [string, string] => [fold(name), `\\p{${name}}`]),
  ...categories.split(' ').map((name): [string, string] => [fold(name), `\\p{${name}}`]),
  ...longCategories.map(([name, short]): [string, string] => [name, `\\p{${short}}`]),
  ...posix,
  ['punct', '\\p{P}'], // narrower than the bracket
  ['word', word], // wider
  ['assigned', '[^\\p{Cn}]'],
])

/** The class body of a POSIX bracket name, or undefined. */
export function posixClass(name: string): string | undefined {
  return posix.find(([known]) => known === name)?.[1]
}

/** The class body of a property name, or undefined when neither Oniguruma nor JavaScript would know it. */
export function propertyClass(name: string): string | undefined {
  const found = known.get(fold(name))
  if (found) return found
  // A script: JavaScript wants its exact spelling, Old_Italic.
  if (!/^[A-Za-z]+(?:[ _-][A-Za-z]+)*$/.test(name)) return undefined
  const script = name
    .split(/[ _-]/)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1).toLowerCase())
    .join('_')
  try {
    new RegExp(`\\p{Script=${script}}`, 'u')
    return `\\p{Script=${script}}`
  } catch {
    return undefined
  }
}
