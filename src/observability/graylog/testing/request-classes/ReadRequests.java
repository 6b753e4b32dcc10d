import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.type.TypeFactory;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.graylog.plugins.views.search.elasticsearch.ElasticsearchQueryString;
import org.graylog.plugins.views.search.rest.SearchDTO;
import org.graylog.plugins.views.search.searchtypes.MessageList;
import org.graylog.plugins.views.search.searchtypes.pivot.Pivot;
import org.graylog.plugins.views.search.searchtypes.pivot.PivotSort;
import org.graylog.plugins.views.search.searchtypes.pivot.SeriesSort;
import org.graylog.plugins.views.search.searchtypes.pivot.buckets.AutoInterval;
import org.graylog.plugins.views.search.searchtypes.pivot.buckets.Time;
import org.graylog.plugins.views.search.searchtypes.pivot.buckets.Values;
import org.graylog.plugins.views.search.searchtypes.pivot.series.Average;
import org.graylog.plugins.views.search.searchtypes.pivot.series.Count;
import org.graylog.plugins.views.search.searchtypes.pivot.series.Max;
import org.graylog.plugins.views.search.searchtypes.pivot.series.Sum;
import org.graylog.plugins.views.search.views.ViewDTO;
import org.graylog.plugins.views.search.views.widgets.aggregation.AggregationConfigDTO;
import org.graylog.plugins.views.search.views.widgets.aggregation.AutoIntervalDTO;
import org.graylog.plugins.views.search.views.widgets.aggregation.BarVisualizationConfigDTO;
import org.graylog.plugins.views.search.views.widgets.aggregation.DataTableVisualizationConfigDTO;
import org.graylog.plugins.views.search.views.widgets.aggregation.NumberVisualizationConfigDTO;
import org.graylog.plugins.views.search.views.widgets.aggregation.TimeHistogramConfigDTO;
import org.graylog.plugins.views.search.views.widgets.aggregation.ValueConfigDTO;
import org.graylog.plugins.views.search.views.widgets.aggregation.sort.PivotSortConfig;
import org.graylog.plugins.views.search.views.widgets.aggregation.sort.SeriesSortConfig;
import org.graylog.plugins.views.search.views.widgets.messagelist.MessageListConfigDTO;
import org.graylog.security.shares.UnwrappedCreateEntityRequest;
import org.graylog2.plugin.indexer.searches.timeranges.RelativeRange;
import org.graylog2.rest.models.streams.requests.UpdateStreamRequest;
import org.graylog2.rest.models.system.inputs.requests.InputCreateRequest;
import org.graylog2.rest.resources.streams.requests.CreateStreamRequest;
import org.graylog2.rest.resources.streams.rules.requests.CreateStreamRuleRequest;
import org.graylog2.rest.resources.system.indexer.requests.IndexSetUpdateRequest;
import org.graylog2.rest.resources.system.indexer.responses.IndexSetSummary;
import org.graylog2.shared.bindings.providers.ObjectMapperProvider;

/**
 * Reads requests from standard input, one JSON object a line: {"request": "POST /streams", "body": {...}}. Each body is read into the class that Graylog's resource
 * takes, by Graylog's own Jackson, and written again as Graylog would answer it: {"body": {...}}, or {"error": "..."} for what is refused.
 */
public final class ReadRequests {
    public static void main(String[] args) throws Exception {
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        // Graylog's own log goes to standard output, too.
        System.setOut(System.err);
        ObjectMapper json = new ObjectMapperProvider().get();
        // ViewsBindings registers them where Graylog runs whole.
        json.registerSubtypes(
                ElasticsearchQueryString.class, RelativeRange.class, MessageList.class, Pivot.class, Values.class, Time.class,
                AutoInterval.class, Count.class, Max.class, Average.class, Sum.class, SeriesSort.class, PivotSort.class,
                AggregationConfigDTO.class, MessageListConfigDTO.class, TimeHistogramConfigDTO.class, ValueConfigDTO.class,
                AutoIntervalDTO.class, SeriesSortConfig.class, PivotSortConfig.class, BarVisualizationConfigDTO.class,
                NumberVisualizationConfigDTO.class, DataTableVisualizationConfigDTO.class);
        Map<String, JavaType> types = types(json.getTypeFactory());
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            JsonNode request = json.readTree(line);
            Map<String, Object> answer = new LinkedHashMap<>();
            try {
                JavaType type = types.get(request.get("request").textValue());
                Object read = json.readerFor(type).readValue(request.get("body").toString());
                answer.put("body", read instanceof UnwrappedCreateEntityRequest<?> wrapped ? wrapped.getEntity() : read);
                out.println(json.writeValueAsString(answer));
            } catch (Exception refused) {
                out.println(json.writeValueAsString(Map.of("error", String.valueOf(refused))));
            }
        }
        out.flush();
    }

    private static Map<String, JavaType> types(TypeFactory factory) {
        JavaType view = factory.constructParametricType(UnwrappedCreateEntityRequest.class, ViewDTO.class);
        Map<String, JavaType> types = new LinkedHashMap<>();
        types.put("POST /system/inputs", factory.constructType(InputCreateRequest.class));
        types.put("PUT /system/inputs", factory.constructType(InputCreateRequest.class));
        types.put("POST /system/indices/index_sets", factory.constructType(IndexSetSummary.class));
        types.put("PUT /system/indices/index_sets", factory.constructType(IndexSetUpdateRequest.class));
        types.put("POST /streams", factory.constructParametricType(UnwrappedCreateEntityRequest.class, CreateStreamRequest.class));
        types.put("PUT /streams", factory.constructType(UpdateStreamRequest.class));
        types.put("POST /streams/rules", factory.constructType(CreateStreamRuleRequest.class));
        types.put("POST /views/search", factory.constructType(SearchDTO.class));
        types.put("POST /views", view);
        types.put("PUT /views", view);
        return types;
    }
}
