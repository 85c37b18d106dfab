// An OpenSearch node in this process, with its HTTP transport and its security plugin: as it is installed, but without a distribution.
// Its folder is the first argument; config/opensearch.yml in there says everything else.
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.opensearch.common.settings.Settings;
import org.opensearch.env.Environment;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;
import org.opensearch.plugins.Plugin;

final class Receiver extends Node {
  private Receiver(Environment environment, List<Class<? extends Plugin>> plugins) {
    super(environment, plugins, true);
  }

  public static void main(String[] arguments) throws Exception {
    Settings settings = Settings.builder().put("path.home", arguments[0]).build();
    Path config = Path.of(arguments[0], "config");
    Environment environment =
        InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), config, () -> "receiver");
    List<Class<? extends Plugin>> plugins =
        List.of(org.opensearch.transport.Netty4Plugin.class, org.opensearch.security.OpenSearchSecurityPlugin.class);
    new Receiver(environment, plugins).start();
    new CountDownLatch(1).await();
  }
}
