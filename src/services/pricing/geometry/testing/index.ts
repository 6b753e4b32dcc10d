export { bytesOf, inChunks, measureBytes, reasonOf } from "./measure-bytes";
export { binaryStlOf, cubeTriangles, type Triangles } from "./cube";
export { zipOf, modelXml, threeMfOf } from "./three-mf";
