import type { MemoryBudget } from "../budget";
import type { LengthUnit } from "../geometry";
import { GrowingInts } from "../growing-ints";
import type { ModelLimits } from "../limits";
import { MeshBuilder, type Mesh } from "../mesh";
import { ModelError } from "../model-error";
import type { Transform } from "../surface";
import { nameId } from "./xml-names";
import type { XmlHandler, XmlScanner } from "./xml-scanner";

/** A component or a build item: an object of this part or, by the production extension, of another. */
export type Reference = { objectId: string; path: string | undefined; transform: Transform | undefined };

/** An object has a mesh or is put together from others. */
export type ModelObject = { mesh: Mesh | undefined; components: Reference[] };

/** Bytes of a part per triangle and its half vertex, rather too few: memory that is never touched costs nothing. */
const USUAL_TRIANGLE_BYTES = 60;

const UNITS: Readonly<Record<string, LengthUnit>> = {
  micron: "micron",
  millimeter: "millimeter",
  centimeter: "centimeter",
  meter: "meter",
  inch: "inch",
  foot: "foot",
};

/** Extensions that leave the solid what its mesh says. A file that requires another would be measured wrongly. */
const HARMLESS_EXTENSIONS: readonly RegExp[] = [
  /\/production\/2015\/06$/,
  /\/material\/2015\/02$/,
  /\/slice\/2015\/07$/,
  /\/trianglesets\/2021\/07$/,
];

const MODEL = nameId("model");
const OBJECT = nameId("object");
const MESH = nameId("mesh");
const VERTICES = nameId("vertices");
const VERTEX = nameId("vertex");
const TRIANGLES = nameId("triangles");
const TRIANGLE = nameId("triangle");
const COMPONENTS = nameId("components");
const COMPONENT = nameId("component");
const BUILD = nameId("build");
const ITEM = nameId("item");
const [X, Y, Z] = [nameId("x"), nameId("y"), nameId("z")];
const [V1, V2, V3] = [nameId("v1"), nameId("v2"), nameId("v3")];

/** What objects are named by is kept for each of them: no writer comes near these lengths. */
const LONGEST_ID = 100;
const LONGEST_PATH = 1_000;

/** Objects, components and items of all parts of a file, against the limit. */
export type ReferenceCount = { references: number };

/** Reads one `.model` part: its unit, objects and build items. */
export class ModelPart implements XmlHandler {
  unit: LengthUnit = "millimeter";
  readonly objects = new Map<string, ModelObject>();
  readonly items: Reference[] = [];

  readonly #part: string;
  readonly #limits: ModelLimits;
  readonly #budget: MemoryBudget;
  #object: ModelObject | undefined;
  #mesh: MeshBuilder | undefined;
  #merged: GrowingInts | undefined;
  readonly #count: ReferenceCount;
  readonly #bytesLeft: () => number;

  /** `bytesLeft` tells how much of the part is still to come, as far as known. */
  constructor(
    part: string,
    limits: ModelLimits,
    budget: MemoryBudget,
    count: ReferenceCount,
    bytesLeft: () => number,
  ) {
    this.#part = part;
    this.#count = count;
    this.#limits = limits;
    this.#budget = budget;
    this.#bytesLeft = bytesLeft;
  }

  open(name: number, scanner: XmlScanner): void {
    // The extensions use the same names elsewhere (a slice has vertices too): what counts is where they stand.
    if (name === VERTEX) {
      if (this.#mesh === undefined || scanner.parent() !== VERTICES || scanner.parent(2) !== MESH) return;
      const x = scanner.number(X);
      const y = scanner.number(Y);
      this.#merged!.push(this.#mesh.vertices.add(x, y, scanner.number(Z)));
    } else if (name === TRIANGLE) {
      if (this.#mesh === undefined || scanner.parent() !== TRIANGLES || scanner.parent(2) !== MESH) return;
      const a = scanner.index(V1);
      const b = scanner.index(V2);
      this.#mesh.addTriangle(a, b, scanner.index(V3));
    } else if (name === MODEL && scanner.parent() === 0) this.#openModel(scanner);
    else if (name === OBJECT) this.#openObject(scanner);
    else if (name === MESH && scanner.parent() === OBJECT) this.#openMesh();
    else if (name === COMPONENT && scanner.parent() === COMPONENTS) {
      this.#object?.components.push(this.#reference(scanner));
    } else if (name === ITEM && scanner.parent() === BUILD) this.items.push(this.#reference(scanner));
  }

  close(name: number): void {
    if (name === OBJECT) this.#object = undefined;
    if (name !== MESH || this.#mesh === undefined || this.#object === undefined) return;
    const merged = this.#merged!;
    this.#object.mesh = this.#mesh.seal(merged.values, merged.length);
    merged.release();
    this.#mesh = undefined;
  }

  #openModel(scanner: XmlScanner): void {
    const named = scanner.text("unit") ?? "millimeter";
    const unit = Object.hasOwn(UNITS, named) ? UNITS[named] : undefined;
    if (unit === undefined) {
      throw new ModelError(
        "MALFORMED",
        `${this.#part} has the unit '${named.slice(0, 40)}', which 3MF does not know`,
      );
    }
    this.unit = unit;
    for (const prefix of new Set(scanner.text("requiredextensions")?.split(/\s+/))) {
      const namespace = prefix === "" ? undefined : scanner.namespace(prefix);
      if (prefix === "" || HARMLESS_EXTENSIONS.some((known) => known.test(namespace ?? ""))) continue;
      throw new ModelError(
        "UNSUPPORTED",
        `${this.#part} requires the extension '${prefix.slice(0, 40)}' (${namespace?.slice(0, 100) ?? "undeclared"})`,
      );
    }
  }

  #openObject(scanner: XmlScanner): void {
    const id = this.#short(scanner.text("id"), LONGEST_ID);
    if (id === undefined) throw new ModelError("MALFORMED", `an object of ${this.#part} has no id`);
    if (this.objects.has(id)) throw new ModelError("MALFORMED", `${this.#part} has object ${id} twice`);
    this.#countReference();
    this.#object = { mesh: undefined, components: [] };
    this.objects.set(id, this.#object);
  }

  #openMesh(): void {
    if (this.#object === undefined || this.#object.mesh !== undefined || this.#mesh !== undefined) {
      throw new ModelError("MALFORMED", `an object of ${this.#part} has two meshes`);
    }
    // Made once in the right size: arrays that grow by copying leave twice their size behind.
    const expected = this.#bytesLeft() / USUAL_TRIANGLE_BYTES;
    this.#mesh = new MeshBuilder(this.#budget, this.#limits.maxTriangles, expected);
    this.#merged = new GrowingInts(this.#budget, expected / 2);
  }

  #reference(scanner: XmlScanner): Reference {
    this.#countReference();
    const objectId = this.#short(scanner.text("objectid"), LONGEST_ID);
    if (objectId === undefined) {
      throw new ModelError("MALFORMED", `a component or item of ${this.#part} has no objectid`);
    }
    const path = this.#short(scanner.text("path"), LONGEST_PATH);
    return { objectId, path, transform: this.#transform(scanner.text("transform")) };
  }

  #short(text: string | undefined, most: number): string | undefined {
    if (text === undefined || text.length <= most) return text;
    throw new ModelError(
      "MALFORMED",
      `${this.#part} has an id or a path of ${text.length} characters: '${text.slice(0, 40)}…'`,
    );
  }

  #transform(text: string | undefined): Transform | undefined {
    if (text === undefined) return undefined;
    const numbers = text.trim().split(/\s+/).map(Number);
    if (numbers.length !== 12 || numbers.some(Number.isNaN)) {
      throw new ModelError(
        "MALFORMED",
        `a transform of ${this.#part} is not 12 numbers: '${text.slice(0, 80)}'`,
      );
    }
    if (!numbers.every(Number.isFinite)) {
      throw new ModelError("NOT_FINITE", `a transform of ${this.#part} has a number that is not finite`);
    }
    return numbers;
  }

  #countReference(): void {
    if (++this.#count.references > this.#limits.maxInstances) {
      throw new ModelError(
        "TOO_COMPLEX",
        `the 3MF has more than ${this.#limits.maxInstances} objects, components and items`,
      );
    }
  }
}
