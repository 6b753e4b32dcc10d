import type { Dice } from "../dice";
import { oddNumberText } from "./numbers";

const pieces = [
  "<!-- -->", "<!-->", "<!--", "-->", "<![CDATA[<model>]]>", "<![CDATA[", "<?xml version='1.0'?>", "<?", "<!DOCTYPE a>", "<!ENTITY a 'b'>", "&lt;", "&#0;",
  "&#x110000;", "&a;", "<", ">", "</", "/>", "<a", "<a b", "<a b=", "<a b='", "<a/>", "<object id='1'>", "</object>", "<mesh>", "</mesh>", "<mesh/>",
  "<vertices>", "<triangles>", "<build>", "<item objectid='1'/>", "<components>", "<component objectid='1'/>", "\ufeff", "\0", "\ud800", "é",
  "<vertex x='1' y='2' z='3'/>", "<triangle v1='0' v2='1' v3='2'/>", "<s:vertex/>", "<:/>", "<a:b:c d:e:f=''/>", "<model unit='meter'>",
] as const; // prettier-ignore

/** One to four changes of a document, most of which keep it near to one that can be read. */
export function mutateXml(xml: string, dice: Dice): string {
  let changed = xml;
  for (let left = 1 + dice.size(3); left > 0; left--) changed = dice.pick(changes)(changed, dice);
  return changed;
}

type Change = (xml: string, dice: Dice) => string;

const replaceValue: Change = (xml, dice) => {
  const values = [...xml.matchAll(/="([^"]*)"/g)];
  if (values.length === 0) return xml;
  const found = dice.pick(values);
  const value = dice.oneIn(3)
    ? dice.pick(pieces)
    : dice.oneIn(8)
      ? "9".repeat(dice.size(5_000))
      : oddNumberText(dice);
  return `${xml.slice(0, found.index)}="${value}"${xml.slice(found.index + found[0].length)}`;
};

const replaceName: Change = (xml, dice) => {
  const found = [...xml.matchAll(/[\w:]+(?=[ =>/])/g)];
  if (found.length === 0) return xml;
  const [one, other] = [dice.pick(found), dice.pick(found)];
  return xml.slice(0, one.index) + other[0] + xml.slice(one.index + one[0].length);
};

const takeElement: Change = (xml, dice) => {
  const [from, to] = stretch(xml, dice);
  return xml.slice(0, from) + xml.slice(to);
};

const repeatElement: Change = (xml, dice) => {
  const [from, to] = stretch(xml, dice);
  return xml.slice(0, to) + xml.slice(from, to).repeat(1 + dice.size(12)) + xml.slice(to);
};

const moveElement: Change = (xml, dice) => {
  const [from, to] = stretch(xml, dice);
  const rest = xml.slice(0, from) + xml.slice(to);
  const at = rest.indexOf("<", dice.below(rest.length + 1));
  return at < 0 ? rest + xml.slice(from, to) : rest.slice(0, at) + xml.slice(from, to) + rest.slice(at);
};

const insertPiece: Change = (xml, dice) => {
  const at = dice.oneIn(2) ? xml.indexOf("<", dice.below(xml.length + 1)) : dice.below(xml.length + 1);
  const piece = dice.oneIn(12) ? dice.pick(pieces).repeat(1 + dice.size(200)) : dice.pick(pieces);
  return xml.slice(0, Math.max(0, at)) + piece + xml.slice(Math.max(0, at));
};

const cut: Change = (xml, dice) => xml.slice(0, dice.below(xml.length + 1));

const otherQuotes: Change = (xml) => xml.replaceAll('"', "'");

const changes = [
  replaceValue,
  replaceValue,
  replaceName,
  takeElement,
  repeatElement,
  moveElement,
  insertPiece,
  insertPiece,
  cut,
  otherQuotes,
];

/** From one tag to the end of another one after it. */
function stretch(xml: string, dice: Dice): [number, number] {
  const from = Math.max(0, xml.indexOf("<", dice.below(xml.length + 1)));
  let to = from;
  for (let tags = 1 + dice.size(6); tags > 0; tags--) {
    const end = xml.indexOf(">", to);
    if (end < 0) return [from, xml.length];
    to = end + 1;
  }
  return [from, to];
}
