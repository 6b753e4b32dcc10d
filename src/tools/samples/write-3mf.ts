import { strToU8, zipSync } from "fflate";
import { float32Text, HERE, type SampleModel, type SamplePart } from "./sample-model";

/** The earliest time that a zip can hold, in local time, as fflate reads it: so the bytes are the same everywhere. */
const NO_TIME = new Date(1980, 0, 1);

const CONTENT_TYPES = `<?xml version="1.0" encoding="UTF-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
 <Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
 <Default Extension="model" ContentType="application/vnd.ms-package.3dmanufacturing-3dmodel+xml"/>
</Types>
`;
const RELATIONSHIPS = `<?xml version="1.0" encoding="UTF-8"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
 <Relationship Target="/3D/3dmodel.model" Id="rel0" Type="http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"/>
</Relationships>
`;

/** A part is an object; where there is more than one instance, a further object puts them together as components. */
export function threeMf(model: SampleModel): Buffer {
  const assembled = model.parts.length > 1 || model.parts.some((part) => part.placements.length > 1);
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<model unit="millimeter" xml:lang="en-US" xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02">',
    `<metadata name="Title">${model.name}</metadata>`,
    "<resources>",
  ];
  model.parts.forEach((part, index) => writeObject(lines, part, index + 1));
  const whole = model.parts.length + 1;
  if (assembled) {
    lines.push(`<object id="${whole}" type="model" name="${model.name}"><components>`);
    model.parts.forEach((part, index) => {
      for (const placement of part.placements) {
        const transform = placement === HERE ? "" : ` transform="${placement.join(" ")}"`;
        lines.push(`<component objectid="${index + 1}"${transform}/>`);
      }
    });
    lines.push("</components></object>");
  }
  lines.push("</resources>", `<build><item objectid="${assembled ? whole : 1}"/></build>`, "</model>", "");
  return Buffer.from(
    zipSync(
      {
        "[Content_Types].xml": strToU8(CONTENT_TYPES),
        "_rels/.rels": strToU8(RELATIONSHIPS),
        "3D/3dmodel.model": strToU8(lines.join("\n"), true),
      },
      { level: 6, mtime: NO_TIME },
    ),
  );
}

function writeObject(lines: string[], { name, mesh }: SamplePart, id: number): void {
  const { positions, triangles } = mesh;
  lines.push(`<object id="${id}" type="model" name="${name}"><mesh><vertices>`);
  for (let at = 0; at < positions.length; at += 3) {
    const [x, y, z] = [positions[at]!, positions[at + 1]!, positions[at + 2]!].map(float32Text);
    lines.push(`<vertex x="${x}" y="${y}" z="${z}"/>`);
  }
  lines.push("</vertices><triangles>");
  for (let at = 0; at < triangles.length; at += 3) {
    lines.push(`<triangle v1="${triangles[at]}" v2="${triangles[at + 1]}" v3="${triangles[at + 2]}"/>`);
  }
  lines.push("</triangles></mesh></object>");
}
