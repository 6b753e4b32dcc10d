import { type Admin, AssignerProtocol, type MemberDescription } from "kafkajs";
import { internalsOf } from "./kafka";
import type { Kafka } from "./types";

/** Where the records of a partition begin and end: `high` is the offset that the next one gets. */
export type PartitionEnds = { partition: number; low: number; high: number };

export type TopicEnds = { topic: string; partitions: readonly PartitionEnds[] };

/** A consumer group, what it reads, and the offsets that it has committed. */
export type GroupState = {
  group: string;
  members: number;
  /** What it has committed offsets of, or has members for: who stands still at the first record has committed nothing. */
  topics: readonly string[];
  commits: readonly { topic: string; partition: number; offset: number }[];
};

export type ClusterState = {
  brokers: number;
  /** Without those that are the broker's own. */
  topics: readonly TopicEnds[];
  /** Those that read something. */
  groups: readonly GroupState[];
};

/** Asks the cluster what it holds and who has read how far. Errors: AppError unavailable. */
export function readCluster(kafka: Kafka): Promise<ClusterState> {
  return internalsOf(kafka).admin.use(async (admin) => {
    const { brokers } = await admin.describeCluster();
    const names = (await admin.listTopics()).filter((topic) => !topic.startsWith("__"));
    const topics = await Promise.all(names.map((topic) => endsOf(admin, topic)));
    return { brokers: brokers.length, topics, groups: await readGroups(admin) };
  });
}

async function endsOf(admin: Admin, topic: string): Promise<TopicEnds> {
  const ends = await admin.fetchTopicOffsets(topic);
  const partitions = ends.map(({ partition, low, high }) => ({ partition, low: +low, high: +high }));
  return { topic, partitions };
}

async function readGroups(admin: Admin): Promise<GroupState[]> {
  const { groups: listed } = await admin.listGroups();
  const ids = listed.filter((each) => each.protocolType === "consumer").map(({ groupId }) => groupId);
  if (ids.length === 0) return [];
  const { groups } = await admin.describeGroups(ids);
  const read = await Promise.all(
    groups.map(async ({ groupId, members }) => {
      const commits = await commitsOf(admin, groupId);
      const topics = new Set([...commits.map(({ topic }) => topic), ...members.flatMap(assignedTo)]);
      return { group: groupId, members: members.length, topics: [...topics], commits };
    }),
  );
  return read.filter(({ topics }) => topics.length > 0);
}

/** The topics of which a member has partitions; none while they are being dealt. */
function assignedTo({ memberAssignment }: MemberDescription): string[] {
  const { assignment = {} } = AssignerProtocol.MemberAssignment.decode(memberAssignment) ?? {};
  return Object.keys(assignment).filter((topic) => assignment[topic]!.length > 0);
}

async function commitsOf(admin: Admin, groupId: string): Promise<GroupState["commits"]> {
  const topics = await admin.fetchOffsets({ groupId });
  return topics.flatMap(({ topic, partitions }) =>
    partitions
      .map(({ partition, offset }) => ({ topic, partition, offset: +offset }))
      .filter(({ offset }) => offset >= 0),
  );
}

/** The offset of each partition's first record that is not older than `at` (epoch milliseconds), by the records' timestamps; the end where all are older. */
export function offsetsAt(kafka: Kafka, topic: string, at: number): Promise<Map<number, number>> {
  return internalsOf(kafka).admin.use(async (admin) => {
    const offsets = await admin.fetchTopicOffsetsByTimestamp(topic, at);
    return new Map(offsets.map(({ partition, offset }) => [partition, +offset]));
  });
}

/** How far a topic goes, and how far groups have read it: by group and partition the offset that comes next. */
export type TopicPositions = {
  partitions: readonly PartitionEnds[];
  read: ReadonlyMap<string, ReadonlyMap<number, number>>;
};

/** Asks about one topic only, which is cheap on a cluster with many. A partition of which a group has committed nothing is left out. Errors: AppError unavailable. */
export function readPositions(
  kafka: Kafka,
  topic: string,
  groups: readonly string[],
): Promise<TopicPositions> {
  return internalsOf(kafka).admin.use(async (admin) => {
    const { partitions } = await endsOf(admin, topic);
    const read = new Map<string, ReadonlyMap<number, number>>();
    for (const groupId of groups) {
      const [found] = await admin.fetchOffsets({ groupId, topics: [topic] });
      const commits = (found?.partitions ?? []).map((each) => [each.partition, +each.offset] as const);
      read.set(groupId, new Map(commits.filter(([, offset]) => offset >= 0)));
    }
    return { partitions, read };
  });
}
