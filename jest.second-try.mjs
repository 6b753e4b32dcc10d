/* global jest */
/**
 * In CI a test that fails is tried once more: real servers, kills and deadlines share two cores with everything else there. `.ci/run` names each test that
 * needed it, so that none is unsteady unseen. By hand every failure counts.
 */
if (process.env["CI"]) jest.retryTimes(1, { logErrorsBeforeRetry: true, retryImmediately: true });
