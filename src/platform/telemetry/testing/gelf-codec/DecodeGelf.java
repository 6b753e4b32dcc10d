import com.codahale.metrics.MetricRegistry;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.Delimiters;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.graylog2.inputs.codecs.GelfChunkAggregator;
import org.graylog2.inputs.codecs.GelfCodec;
import org.graylog2.inputs.codecs.gelf.GELFBulkDroppedMsgService;
import org.graylog2.inputs.diagnosis.InputDiagnosisMetrics;
import org.graylog2.inputs.transports.netty.LenientDelimiterBasedFrameDecoder;
import org.graylog2.plugin.Message;
import org.graylog2.plugin.MessageFactory;
import org.graylog2.plugin.configuration.Configuration;
import org.graylog2.plugin.journal.RawMessage;

/**
 * Reads from standard input what a GELF TCP connection carried and prints, one JSON object a line, what Graylog makes of each frame:
 * {"fields": {...}}, or {"error": "..."} for what it refuses. Frames are split by the decoder of Graylog's own TCP input, with the longest
 * frame that it takes by default. The timestamp is printed as ISO text.
 */
public final class DecodeGelf {
    /** `max_message_size` of the GELF TCP input. */
    private static final int LONGEST_FRAME = 2 * 1024 * 1024;

    public static void main(String[] args) throws Exception {
        ObjectMapper json = new ObjectMapper();
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        // Graylog's own log goes to standard output, too.
        System.setOut(System.err);
        GelfCodec codec = openCodec();
        EmbeddedChannel channel = new EmbeddedChannel(
                new LenientDelimiterBasedFrameDecoder(LONGEST_FRAME, Delimiters.nulDelimiter()));
        byte[] chunk = new byte[64 * 1024];
        for (int length = System.in.read(chunk); length >= 0; length = System.in.read(chunk)) {
            try {
                channel.writeInbound(Unpooled.copiedBuffer(chunk, 0, length));
            } catch (Exception refused) {
                print(json, out, "error", String.valueOf(refused));
            }
            for (ByteBuf frame = channel.readInbound(); frame != null; frame = channel.readInbound()) {
                byte[] payload = new byte[frame.readableBytes()];
                frame.readBytes(payload);
                frame.release();
                decode(codec, payload, json, out);
            }
        }
        out.flush();
    }

    private static void decode(GelfCodec codec, byte[] payload, ObjectMapper json, PrintStream out) throws Exception {
        try {
            Message message = codec.decodeSafe(new RawMessage(payload)).orElse(null);
            if (message == null) {
                print(json, out, "error", "The codec made no message.");
                return;
            }
            Map<String, Object> fields = new TreeMap<>(message.getFields());
            fields.put("timestamp", message.getTimestamp().toString());
            fields.remove("_id");
            print(json, out, "fields", fields);
        } catch (Exception refused) {
            print(json, out, "error", String.valueOf(refused));
        }
    }

    private static void print(ObjectMapper json, PrintStream out, String key, Object value) throws Exception {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put(key, value);
        out.println(json.writeValueAsString(line));
    }

    private static GelfCodec openCodec() throws Exception {
        // The one that Graylog itself injects; its package keeps it to itself.
        var factory = Class.forName("org.graylog2.plugin.DefaultMessageFactory").getDeclaredConstructor();
        factory.setAccessible(true);
        return new GelfCodec(
                new Configuration(Map.of()),
                new GelfChunkAggregator(idle(), new MetricRegistry()),
                (MessageFactory) factory.newInstance(),
                new GELFBulkDroppedMsgService(new InputDiagnosisMetrics(new MetricRegistry())));
    }

    /** The aggregator of UDP chunks wants one; over TCP it has nothing to do, and must not keep the program running. */
    private static ScheduledExecutorService idle() {
        return Executors.newSingleThreadScheduledExecutor(work -> {
            Thread thread = new Thread(work);
            thread.setDaemon(true);
            return thread;
        });
    }
}
