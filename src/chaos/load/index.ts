export { startLoad, type Load } from "./load";
export { createModels, type Models } from "./models";
export { type People, signInPeople } from "./people";
export { Recent } from "./world";
