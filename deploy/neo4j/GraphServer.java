import java.nio.file.Path;
import org.neo4j.configuration.GraphDatabaseSettings;
import org.neo4j.configuration.connectors.BoltConnector;
import org.neo4j.configuration.helpers.SocketAddress;
import org.neo4j.dbms.api.DatabaseManagementService;
import org.neo4j.dbms.api.DatabaseManagementServiceBuilder;

/**
 * Neo4j Community on this machine only, without its distribution: for development and tests.
 *
 * <p>Arguments: data folder, port, page cache in MiB. Prints one line when it answers; SIGTERM
 * shuts it down cleanly.
 */
public final class GraphServer {
    public static void main(String[] arguments) throws InterruptedException {
        if (arguments.length != 3) {
            System.err.println("usage: GraphServer DATA_FOLDER PORT PAGE_CACHE_MIB");
            System.exit(2);
        }
        int port = Integer.parseInt(arguments[1]);
        DatabaseManagementService service =
                new DatabaseManagementServiceBuilder(Path.of(arguments[0]))
                        .setConfig(BoltConnector.enabled, true)
                        .setConfig(
                                BoltConnector.listen_address, new SocketAddress("127.0.0.1", port))
                        .setConfig(
                                GraphDatabaseSettings.pagecache_memory,
                                Long.parseLong(arguments[2]) * 1024 * 1024)
                        .build();
        Runtime.getRuntime().addShutdownHook(new Thread(service::shutdown));
        System.out.println("Neo4j answers: NEO4J_URL=bolt://127.0.0.1:" + port);
        Thread.currentThread().join();
    }
}
